import { EventEmitter } from 'node:events'
import { z } from 'zod'
import { changedDaemonOptions } from '../../shared/daemon-options'
import { BerthError } from '../../shared/errors'
import type { Engine } from '../engine'
import type { Logger } from '../host'
import { delay, guestPath, message, sequencer, within } from '../lib'
import type { SshLink } from '../ssh'
import { keepsContainers, reloadedFile, type DaemonFile } from './daemon-file'
import { validateDaemonFile } from './validate-settings'

/** dockerd's configuration. */
export interface EngineFiles {
  daemon: DaemonFile
  /** Certificate authorities that dockerd trusts in addition to the guest image's own authorities, PEM. */
  certificates: string
}

/** The changes that wait for a restart of dockerd. */
export interface EngineChange {
  /** Keys of daemon.json, or `certificates`. */
  keys: string[]
  /** False if the restart has to stop the running containers. */
  keepsContainers: boolean
}

export interface EngineConfigurationOptions {
  link: Pick<SshLink, 'exec'>
  /** The configuration that the settings ask for. */
  desired: () => Promise<EngineFiles>
  engine: Pick<Engine, 'waitUntilReady' | 'keepsContainers' | 'isInSwarm'>
  log: Logger
  /** How long the new dockerd may take to answer, milliseconds. The end of the old dockerd has no time limit. */
  restartMs?: number
}

/** Paths in the guest. Its init gives these files to dockerd at boot (vm-assets/rootfs/usr/lib/berth/dockerd). */
const files = { daemon: guestPath.daemonFile, certificates: guestPath.certificates }
const reload = 'kill -HUP "$(cat /run/berth/dockerd.pid)"'
/** How long dockerd may take to apply a reload, milliseconds. */
const reloadMs = 20_000
const daemonFileSchema = z.record(z.string(), z.json())

/** Compares dockerd's configuration in the running machine with the desired one, and reloads or restarts dockerd. */
export class EngineConfiguration extends EventEmitter<{ change: [] }> {
  readonly #options: EngineConfigurationOptions
  /** The configuration with which dockerd runs; undefined while no machine runs. */
  #applied: EngineFiles | undefined
  #desired: EngineFiles | undefined
  readonly #inOrder = sequencer()

  constructor(options: EngineConfigurationOptions) {
    super()
    this.#options = options
  }

  /** The changes that still wait for a restart of dockerd; undefined if there are none. */
  get pending(): EngineChange | undefined {
    if (this.#applied === undefined || this.#desired === undefined) return undefined
    return difference(this.#applied, this.#desired)
  }

  /**
   * Call this when a machine has booted. Reads the configuration of its dockerd, because the settings may have changed
   * during the boot.
   */
  attach(): Promise<void> {
    return this.#inOrder(async () => {
      this.#applied = await this.#read()
      await this.#reload()
    })
  }

  /** Call this when the machine has stopped. */
  detach(): void {
    this.#applied = undefined
    this.emit('change')
  }

  /** Call this when the settings have changed. Reloads dockerd with the options that need no restart. */
  update(): Promise<void> {
    return this.#inOrder(() => this.#reload())
  }

  /**
   * Restarts dockerd with the configuration that the settings ask for.
   * @throws BerthError machine.not-running; settings.daemon-rejected if dockerd refuses the configuration and keeps
   * running as before; settings.engine-restored if dockerd did not start with the configuration, and runs with the
   * previous one again; settings.engine-in-swarm if the containers should keep running, but the engine is in swarm
   * mode; engine.error if a command in the machine fails, or if dockerd does not apply live-restore in time; as
   * `desired`, {@link SshLink.exec}, `Engine.isInSwarm` and `Engine.keepsContainers`
   * @throws Error if dockerd does not start with the previous configuration either
   */
  restart(): Promise<void> {
    return this.#inOrder(async () => {
      const applied = this.#applied
      if (applied === undefined) throw new BerthError('machine.not-running')
      const desired = await this.#options.desired()
      this.#desired = desired
      await validateDaemonFile(this.#options.link, desired.daemon)
      const change = difference(applied, desired)
      if (change?.keepsContainers === true) {
        if (await this.#options.engine.isInSwarm()) throw new BerthError('settings.engine-in-swarm')
        await this.#keepContainers(applied)
      }
      try {
        await this.#startWith(desired, change?.keepsContainers ?? false)
      } catch (error) {
        this.#options.log.error({ reason: message(error) }, 'dockerd did not start with the settings')
        await this.#startWith(applied, change?.keepsContainers ?? false)
        throw new BerthError('settings.engine-restored', { reason: message(error) }, { cause: error })
      }
    })
  }

  async #reload(): Promise<void> {
    const desired = await this.#options.desired()
    this.#desired = desired
    const applied = this.#applied
    if (applied !== undefined) {
      const daemon = reloadedFile(applied.daemon, desired.daemon)
      if (changedDaemonOptions(applied.daemon, daemon).length > 0) {
        await this.#write({ ...applied, daemon })
        await this.#run(reload)
        this.#applied = { ...applied, daemon }
      }
    }
    this.emit('change')
  }

  /** Reloads dockerd with the option live-restore. With it, containers keep running when dockerd ends. */
  async #keepContainers(applied: EngineFiles): Promise<void> {
    await this.#write({ ...applied, daemon: { ...applied.daemon, 'live-restore': true } })
    await this.#run(reload)
    const signal = AbortSignal.timeout(reloadMs)
    try {
      while (!(await this.#options.engine.keepsContainers())) await delay(50, signal)
    } catch (error) {
      await this.#write(applied)
      await this.#run(reload)
      throw new BerthError('engine.error', { reason: message(error) }, { cause: error })
    }
  }

  async #startWith(wanted: EngineFiles, keepContainers: boolean): Promise<void> {
    const { restartMs = 90_000, engine } = this.#options
    const start = keepContainers ? { ...wanted, daemon: { ...wanted.daemon, 'live-restore': true } } : wanted
    await this.#write(start)
    // The pid file is removed first. If it is missing, init knows that the end of dockerd is wanted, and reports no
    // failure.
    await this.#run(
      `pid=$(cat /run/berth/dockerd.pid) && rm /run/berth/dockerd.pid && kill "$pid"
while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
until [ -s /run/berth/dockerd.pid ]; do sleep 0.1; done`,
    )
    const abort = new AbortController()
    try {
      const late = () => new Error(`the Docker Engine did not answer within ${restartMs / 1000} s`)
      await within(
        Promise.race([engine.waitUntilReady(abort.signal), this.#engineEnded(abort.signal)]),
        restartMs,
        late,
      )
    } finally {
      abort.abort()
    }
    this.#applied = start
    if (keepContainers) {
      await this.#write(wanted)
      await this.#run(reload)
      this.#applied = wanted
    }
    this.emit('change')
  }

  /** @throws an Error with the last line of dockerd's log when dockerd ends */
  async #engineEnded(signal: AbortSignal): Promise<never> {
    const command = `pid=$(cat /run/berth/dockerd.pid); while kill -0 "$pid" 2>/dev/null; do echo; sleep 0.2; done
tail -n 1 /var/log/dockerd.log`
    // The loop prints a line each time. After the channel is closed, the write fails, and that ends the loop.
    const { stdout } = await this.#options.link.exec(command, { signal })
    throw new Error(stdout.trim())
  }

  async #read(): Promise<EngineFiles> {
    const daemon = await this.#run(`cat ${files.daemon}`)
    const certificates = await this.#run(`[ ! -e ${files.certificates} ] || cat ${files.certificates}`)
    return { daemon: daemonFileSchema.parse(JSON.parse(daemon)), certificates }
  }

  /** Replaces each file with a rename, so that no file is ever half written. */
  async #write({ daemon, certificates }: EngineFiles): Promise<void> {
    await this.#run(
      `cat >${files.certificates}.new && mv ${files.certificates}.new ${files.certificates}`,
      certificates,
    )
    await this.#run(
      `cat >${files.daemon}.new && mv ${files.daemon}.new ${files.daemon}`,
      JSON.stringify(daemon),
    )
  }

  async #run(command: string, input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.#options.link.exec(command, { input })
    if (code !== 0) throw new BerthError('engine.error', { reason: stderr.trim() }, { detail: command })
    return stdout
  }
}

function difference(applied: EngineFiles, desired: EngineFiles): EngineChange | undefined {
  const keys = changedDaemonOptions(applied.daemon, desired.daemon)
  if (applied.certificates !== desired.certificates) keys.push('certificates')
  if (keys.length === 0) return undefined
  return { keys, keepsContainers: keepsContainers(applied.daemon, desired.daemon) }
}
