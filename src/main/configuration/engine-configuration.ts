import { EventEmitter } from 'node:events'
import { z } from 'zod'
import { changedDaemonOptions } from '../../shared/daemon-options'
import { BerthError } from '../../shared/errors'
import type { Engine } from '../engine'
import { delay, guestPath, message, type Sequencer, sequencer, within } from '../lib'
import type { Logger } from '../host'
import type { SshLink } from '../ssh'
import { keepsContainers, reloadedFile, type DaemonFile } from './daemon-file'

/** What dockerd is configured with. */
export interface EngineFiles {
  daemon: DaemonFile
  /** Certificate authorities that it trusts beside the usual ones, PEM. */
  certificates: string
}

/** What a restart of dockerd would change. */
export interface EngineChange {
  /** Keys of daemon.json, or `certificates`. */
  keys: string[]
  /** False when running containers have to be stopped for it. */
  keepsContainers: boolean
}

export interface EngineConfigurationOptions {
  link: Pick<SshLink, 'exec'>
  /** What the settings want dockerd to have. */
  desired: () => Promise<EngineFiles>
  engine: Pick<Engine, 'waitUntilReady' | 'keepsContainers'>
  log: Logger
  /** How long dockerd may take to end its containers and to answer again, milliseconds. */
  restartMs?: number
}

/** In the machine. Its init gives them to dockerd at boot (vm-assets/rootfs/usr/lib/berth/dockerd). */
const files = { daemon: guestPath.daemonFile, certificates: guestPath.certificates }
const reload = 'kill -HUP "$(cat /run/berth/dockerd.pid)"'
/** How long dockerd may take to reload, milliseconds. */
const reloadMs = 20_000
const daemonFileSchema = z.record(z.string(), z.json())

/** dockerd's configuration in the running machine: what it has, what it should have, and the steps in between. */
export class EngineConfiguration extends EventEmitter<{ change: [] }> {
  readonly #options: EngineConfigurationOptions
  /** What dockerd runs with; undefined while no machine runs. */
  #applied: EngineFiles | undefined
  #desired: EngineFiles | undefined
  readonly #oneAtATime: Sequencer = sequencer()

  constructor(options: EngineConfigurationOptions) {
    super()
    this.#options = options
  }

  /** The change that waits for a restart of dockerd; undefined when there is none. */
  get pending(): EngineChange | undefined {
    if (this.#applied === undefined || this.#desired === undefined) return undefined
    return difference(this.#applied, this.#desired)
  }

  /** The machine runs: reads what dockerd was started with. The settings may have changed since. */
  attach(): Promise<void> {
    return this.#oneAtATime(async () => {
      this.#applied = await this.#read()
      await this.#reload()
    })
  }

  /** The machine has ended. */
  detach(): void {
    this.#applied = undefined
    this.emit('change')
  }

  /** The settings have changed: applies what dockerd can take over while it runs. */
  update(): Promise<void> {
    return this.#oneAtATime(() => this.#reload())
  }

  /**
   * Restarts dockerd with what the settings want.
   * @throws BerthError settings.daemon-rejected when dockerd refuses it, and was not restarted;
   * settings.engine-restored when dockerd did not come up with it, and runs with what it had before
   */
  restart(): Promise<void> {
    return this.#oneAtATime(async () => {
      const applied = this.#applied
      if (applied === undefined) throw new BerthError('machine.not-running')
      const desired = await this.#options.desired()
      this.#desired = desired
      await this.validate(desired.daemon)
      const change = difference(applied, desired)
      if (change?.keepsContainers === true) await this.#keepContainers(applied)
      try {
        await this.#startWith(desired, change?.keepsContainers ?? false)
      } catch (error) {
        this.#options.log.error({ reason: message(error) }, 'dockerd does not run with the new settings')
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

  /**
   * Has dockerd validate a daemon.json without using it.
   * @throws BerthError settings.daemon-rejected
   */
  async validate(daemon: DaemonFile): Promise<void> {
    const command = `file=/run/berth/daemon.$$.json; cat >$file && dockerd --validate --config-file $file
code=$?; rm $file; exit $code`
    const { code, stderr } = await this.#options.link.exec(command, { input: JSON.stringify(daemon) })
    if (code === 0) return
    throw new BerthError('settings.daemon-rejected', { reason: lastLine(stderr) }, { detail: stderr })
  }

  /** Switches live-restore on in the running dockerd, so that containers outlive it. */
  async #keepContainers(applied: EngineFiles): Promise<void> {
    await this.#write({ ...applied, daemon: { ...applied.daemon, 'live-restore': true } })
    await this.#run(reload)
    const signal = AbortSignal.timeout(reloadMs)
    while (!(await this.#options.engine.keepsContainers())) await delay(50, signal)
  }

  async #startWith(wanted: EngineFiles, keepContainers: boolean): Promise<void> {
    const { restartMs = 90_000, engine } = this.#options
    const start = keepContainers ? { ...wanted, daemon: { ...wanted.daemon, 'live-restore': true } } : wanted
    await this.#write(start)
    // Without its pid file, init takes the end of dockerd for a wanted one, and reports no failure.
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

  /** @throws Error with dockerd's last log line, when it ends */
  async #engineEnded(signal: AbortSignal): Promise<never> {
    const command = `pid=$(cat /run/berth/dockerd.pid); while kill -0 "$pid" 2>/dev/null; do echo; sleep 0.2; done
tail -n 1 /var/log/dockerd.log`
    // It writes while it waits, which ends it once nobody listens.
    const { stdout } = await this.#options.link.exec(command, { signal })
    throw new Error(stdout.trim())
  }

  async #read(): Promise<EngineFiles> {
    const daemon = await this.#run(`cat ${files.daemon}`)
    const certificates = await this.#run(`[ ! -e ${files.certificates} ] || cat ${files.certificates}`)
    return { daemon: daemonFileSchema.parse(JSON.parse(daemon)), certificates }
  }

  /** Replaces each file whole or not at all. */
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

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
