import { EventEmitter } from 'node:events'
import { BerthError } from '../../shared/errors'
import {
  settingsSchema,
  type PendingChange,
  type Settings,
  type SettingsPatch,
  type SettingsState,
} from '../../shared/settings'
import type { Engine } from '../engine'
import { message } from '../lib'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { hostSize, type SettingsStore } from '../settings'
import { diskFile } from '../disk'
import type { Machine } from '../machine'
import type { SshLink } from '../ssh'
import type { MachineDns, Proxy } from '../network'
import { daemonFileText, withoutPassword } from './daemon-file'
import { EngineConfiguration } from './engine-configuration'
import type { GuestFiles } from './guest-files'
import { validateDaemonFile, validateSettings } from './validate-settings'

export interface ConfigurationOptions {
  paths: BerthPaths
  log: Logger
  settings: SettingsStore
  machine: Pick<Machine, 'size' | 'start' | 'stop' | 'on'>
  link: SshLink
  guestFiles: GuestFiles
  engine: Pick<Engine, 'waitUntilReady' | 'keepsContainers' | 'isInSwarm'>
  dns: Pick<MachineDns, 'serve' | 'problem'>
}

const gibibyte = 2 ** 30

/** Validates changed settings and applies them immediately if possible. Reports the changes that wait for a restart. */
export class Configuration extends EventEmitter<{ change: [] }> {
  readonly #options: ConfigurationOptions
  readonly #engine: EngineConfiguration
  /** The data disk's present size; 0 if there is no data disk. */
  #diskGiB = 0
  #isUp = false

  constructor(options: ConfigurationOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = options
    const { settings, machine, link, guestFiles, engine, log } = options
    this.#engine = new EngineConfiguration({
      link,
      engine,
      desired: () => guestFiles.forEngine(),
      log,
    })
    this.#engine.on('change', () => this.emit('change'))
    settings.on('change', () => {
      this.emit('change')
      this.#do('reload', () => this.#engine.update())
    })
    machine.on('state', ({ phase }) => {
      if (phase === 'running') this.#machineIsUp()
      else if (phase !== 'paused') this.#machineIsDown()
    })
    link.on('up', () => {
      if (this.#isUp && options.dns.problem !== undefined) this.#serveNames()
    })
    this.#do('disk', () => this.#readDiskSize())
  }

  /** Everything that the settings page shows. */
  get state(): SettingsState {
    const { settings, guestFiles } = this.#options
    const { pending } = this
    return {
      settings: settings.current,
      defaults: settings.defaults,
      limits: { ...hostSize(), leastDiskGiB: this.#diskGiB },
      ...(pending === undefined ? {} : { pending }),
      ...(guestFiles.proxy === undefined ? {} : { proxy: shown(guestFiles.proxy) }),
      ...(settings.problem === undefined ? {} : { problem: settings.problem }),
    }
  }

  /** The changes that wait for a restart. A restart of the machine also applies the changes of the engine. */
  get pending(): PendingChange | undefined {
    const { machine, settings } = this.#options
    const engine = this.#engine.pending
    const size = machine.size === undefined ? [] : changedSize(machine.size, settings.current.machine)
    if (size.length > 0)
      return { scope: 'machine', keys: [...size, ...(engine?.keys ?? [])], keepsContainers: false }
    return engine === undefined ? undefined : { scope: 'engine', ...engine }
  }

  /**
   * Saves sections of the settings. If this throws, nothing has changed.
   * @throws BerthError the codes of {@link validateSettings} and of `SettingsStore.update`; settings.daemon-rejected
   * if dockerd runs and does not accept the settings
   */
  async update(patch: SettingsPatch): Promise<void> {
    validateSettings(patch, this.state.limits)
    await this.#validateByEngine(patch)
    await this.#options.settings.update(patch)
  }

  /**
   * Restarts the machine or dockerd, if a change of the settings waits for that.
   * @throws BerthError the codes of `EngineConfiguration.restart` and of `Machine.start`
   */
  async apply(): Promise<void> {
    const { machine } = this.#options
    if (this.pending?.scope === 'machine') {
      await machine.stop()
      await machine.start()
    } else if (this.pending !== undefined) {
      await this.#engine.restart()
    }
  }

  /** Dismisses the warning that the settings file could not be used. */
  dismissProblem(): void {
    this.#options.settings.dismissProblem()
    this.emit('change')
  }

  /** Starts the machine without the user's daemon.json. The next start uses it again. */
  async startWithoutDaemon(): Promise<void> {
    const { guestFiles, machine } = this.#options
    await guestFiles.withoutDaemon(() => machine.start())
  }

  /** The daemon.json that dockerd gets, as readable text. */
  async daemonText(): Promise<string> {
    return daemonFileText((await this.#options.guestFiles.forEngine()).daemon)
  }

  /**
   * Lets the running dockerd validate the settings. If dockerd cannot validate them now, this method accepts them. The
   * next start or restart of dockerd then reports their errors.
   */
  async #validateByEngine(patch: SettingsPatch): Promise<void> {
    const { settings, link, guestFiles, log } = this.#options
    const isEngineSection = [patch.daemon, patch.registries, patch.proxy].some(
      (section) => section !== undefined,
    )
    if (!isEngineSection || !this.#isUp || !link.isUp) return
    const wanted = settingsSchema.parse({ ...settings.current, ...patch })
    try {
      await validateDaemonFile(link, await guestFiles.daemonFor(wanted))
    } catch (error) {
      if (error instanceof BerthError && error.code === 'settings.daemon-rejected') throw error
      log.warn({ reason: message(error) }, 'could not validate the settings with dockerd')
    }
  }

  /** Does nothing after a pause or a new SSH connection, because the machine still has its configuration. */
  #machineIsUp(): void {
    if (this.#isUp) return
    this.#isUp = true
    this.#serveNames()
    this.#do('disk', () => this.#readDiskSize())
    this.#do('engine', () => this.#engine.attach())
  }

  #machineIsDown(): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.#engine.detach()
  }

  /** Starts Berth's name server. The diagnostics show a failure, and the next SSH connection tries again. */
  #serveNames(): void {
    const { dns, link } = this.#options
    this.#do('dns', () => dns.serve(link))
  }

  async #readDiskSize(): Promise<void> {
    const disk = await diskFile(berthFile(this.#options.paths, 'dataDisk'))
    this.#diskGiB = Math.floor((disk?.virtual ?? 0) / gibibyte)
    this.emit('change')
  }

  /** Logs a failure, because an event has started the work and no caller waits for it. */
  #do(what: string, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      const code = error instanceof BerthError ? error.code : undefined
      this.#options.log.error({ what, code, reason: message(error) }, 'could not apply the settings')
    })
  }
}

function changedSize(before: Settings['machine'], after: Settings['machine']): string[] {
  return (['cpus', 'memoryMiB', 'diskGiB'] as const).filter((key) => before[key] !== after[key])
}

function shown({ http, https, exclude }: Proxy): Proxy {
  return { http: withoutPassword(http), https: withoutPassword(https), exclude }
}
