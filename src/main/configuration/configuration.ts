import { EventEmitter } from 'node:events'
import { join } from 'node:path'
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
import type { BerthPaths, Logger } from '../host'
import { hostSize, type SettingsStore } from '../settings'
import { diskFile } from '../disk'
import type { Machine } from '../machine'
import { type MachineDns, machineProxy, type Proxy } from '../network'
import { checkSettings } from './check'
import { daemonFile, daemonFileText, withoutPassword } from './daemon-file'
import { EngineConfiguration, type EngineFiles } from './engine-configuration'

export interface ConfigurationOptions {
  paths: BerthPaths
  log: Logger
  settings: SettingsStore
  machine: Pick<Machine, 'link' | 'size' | 'start' | 'stop' | 'state' | 'on'>
  engine: Pick<Engine, 'waitUntilReady' | 'keepsContainers'>
  dns: Pick<MachineDns, 'serve' | 'problem'>
  /** The host's own proxy. */
  systemProxy: () => Promise<Proxy | undefined>
}

const gibibyte = 2 ** 30

/** The settings and what holds of them: checks them, applies what can be applied at once, knows what has to wait. */
export class Configuration extends EventEmitter<{ change: [] }> {
  readonly #options: ConfigurationOptions
  readonly #engine: EngineConfiguration
  /** The data disk's present size. */
  #diskGiB = 0
  #proxy: Proxy | undefined
  #isUp = false
  /** dockerd did not start with the user's daemon.json: this start goes without. */
  #withoutDaemon = false

  constructor(options: ConfigurationOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = options
    const { settings, machine, engine, log } = options
    this.#engine = new EngineConfiguration({
      link: machine.link,
      engine,
      desired: () => this.#engineFiles(settings.current),
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
    machine.link.on('up', () => {
      if (this.#isUp && options.dns.problem !== undefined) this.#serveNames()
    })
    this.#do('disk', () => this.#readDiskSize())
  }

  /** All that the settings page shows. */
  get state(): SettingsState {
    const { settings } = this.#options
    const { pending } = this
    return {
      settings: settings.current,
      defaults: settings.defaults,
      limits: { ...hostSize(), leastDiskGiB: this.#diskGiB },
      ...(pending === undefined ? {} : { pending }),
      ...(this.#proxy === undefined ? {} : { proxy: shown(this.#proxy) }),
      ...(settings.problem === undefined ? {} : { problem: settings.problem }),
    }
  }

  /** What waits for a restart. Starting the machine anew applies what the engine waits for as well. */
  get pending(): PendingChange | undefined {
    const { machine, settings } = this.#options
    const engine = this.#engine.pending
    const size = machine.size === undefined ? [] : changedSize(machine.size, settings.current.machine)
    if (size.length > 0)
      return { scope: 'machine', keys: [...size, ...(engine?.keys ?? [])], keepsContainers: false }
    return engine === undefined ? undefined : { scope: 'engine', ...engine }
  }

  /**
   * Saves sections. Rejects, and changes nothing, as {@link checkSettings} and `SettingsStore.update` say, and with
   * settings.daemon-rejected when dockerd runs and does not accept them.
   */
  async update(patch: SettingsPatch): Promise<void> {
    checkSettings(patch, this.state.limits)
    await this.#askEngine(patch)
    await this.#options.settings.update(patch)
  }

  /** Restarts what has to be restarted for the settings to hold. Rejects as `EngineConfiguration.restart` says. */
  async apply(): Promise<void> {
    const { machine } = this.#options
    if (this.pending?.scope === 'machine') {
      await machine.stop()
      await machine.start()
    } else if (this.pending !== undefined) {
      await this.#engine.restart()
    }
  }

  /** Nobody needs to be told any more that the settings' file could not be used. */
  dismissProblem(): void {
    this.#options.settings.dismissProblem()
    this.emit('change')
  }

  /** Starts the machine once as if the user had no daemon.json. */
  async startWithoutDaemon(): Promise<void> {
    this.#withoutDaemon = true
    try {
      await this.#options.machine.start()
    } finally {
      this.#withoutDaemon = false
    }
  }

  /** What the machine is given at its start. Rejects as {@link checkSettings} says. */
  async guestFiles(): Promise<Record<string, string>> {
    const { current } = this.#options.settings
    // The settings may have been written by hand, or come from a larger computer.
    checkSettings({ machine: current.machine }, { ...hostSize(), leastDiskGiB: 0 })
    const { daemon, certificates } = await this.#engineFiles(
      this.#withoutDaemon ? { ...current, daemon: {} } : current,
    )
    return { 'daemon.json': JSON.stringify(daemon), 'ca.pem': certificates }
  }

  /** The daemon.json that dockerd gets, for people to read. */
  async daemonText(): Promise<string> {
    return daemonFileText((await this.#engineFiles(this.#options.settings.current)).daemon)
  }

  /** Where it does not run, or cannot be asked, the start or restart that has to come tells. */
  async #askEngine(patch: SettingsPatch): Promise<void> {
    const { settings, machine, systemProxy, log } = this.#options
    const concerned = [patch.daemon, patch.registries, patch.proxy].some((section) => section !== undefined)
    if (!concerned || !this.#isUp || !machine.link.isUp) return
    const wanted = settingsSchema.parse({ ...settings.current, ...patch })
    try {
      await this.#engine.validate(daemonFile(wanted, await machineProxy(wanted.proxy, systemProxy)))
    } catch (error) {
      if (error instanceof BerthError && error.code === 'settings.daemon-rejected') throw error
      log.warn({ reason: message(error) }, 'dockerd could not be asked about settings')
    }
  }

  async #engineFiles({ registries, proxy, daemon }: Settings): Promise<EngineFiles> {
    checkSettings({ registries, daemon }, this.state.limits)
    this.#proxy = await machineProxy(proxy, this.#options.systemProxy)
    return {
      daemon: daemonFile({ registries, daemon }, this.#proxy),
      certificates: registries.certificates.map(({ pem }) => pem).join(''),
    }
  }

  /** A pause, or a connection that was lost and made anew, changes nothing of what it has been told. */
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

  /** What goes wrong is for the diagnostics to show; a link that is made anew tries again. */
  #serveNames(): void {
    const { dns, machine } = this.#options
    this.#do('dns', () => dns.serve(machine.link))
  }

  async #readDiskSize(): Promise<void> {
    const disk = await diskFile(join(this.#options.paths.machine, 'data.qcow2'))
    this.#diskGiB = Math.floor((disk?.virtual ?? 0) / gibibyte)
    this.emit('change')
  }

  /** What follows from an event has nobody to report to. */
  #do(what: string, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      const code = error instanceof BerthError ? error.code : undefined
      this.#options.log.error({ what, code, reason: message(error) }, 'the settings could not be applied')
    })
  }
}

function changedSize(before: Settings['machine'], after: Settings['machine']): string[] {
  return (['cpus', 'memoryMiB', 'diskGiB'] as const).filter((key) => before[key] !== after[key])
}

function shown({ http, https, exclude }: Proxy): Proxy {
  return { http: withoutPassword(http), https: withoutPassword(https), exclude }
}
