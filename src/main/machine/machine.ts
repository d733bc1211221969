import { EventEmitter } from 'node:events'
import { BerthError } from '../../shared/errors'
import type { MachineState } from '../../shared/machine'
import type { MachineSettings } from '../../shared/settings'
import { ClockWatch } from '../host/clock-watch'
import { message } from '../host/files'
import { untilAborted, within } from '../host/wait'
import { SshLink } from '../ssh/ssh-link'
import { boot } from './boot'
import { connect } from './connect'
import { dataDiskFile } from './data-disk'
import { noteLength } from './disk-length'
import { fullDisk } from './full-disk'
import { GuestClock } from './guest-clock'
import { QmpHostForward, type HostForward } from './host-forward'
import * as lifecycle from './lifecycle'
import { reconnectMounts } from './mounts-port'
import { endError, noSpaceError, resumeError } from './machine-errors'
import { defaultLimits, machineHost, type MachineOptions } from './machine-options'
import {
  launch,
  prepareDisk,
  prepareImage,
  type LaunchChoice,
  type MachineHost,
  type PreparedMachine,
} from './prepare'
import { repairDone } from './repair'
import { shutDown } from './shutdown'
import { restore, suspend, type SuspendServices } from './suspend'
import { canSuspend, SuspendedMachine, type Suspended } from './suspended'
import type { MachineEnd, VirtualMachine } from './virtual-machine'

export type { MachineOptions } from './machine-options'

/** How much longer than usual a start may take that looks at all of the data disk. */
const repairPatience = 10
/** Lines of the console that a failure shows. */
const failureLines = 40

/** The Linux machine. Its state changes only along the table in lifecycle.ts, and each change is emitted. */
export class Machine extends EventEmitter<{ state: [MachineState] }> {
  /** Stands while the machine runs. */
  readonly link: SshLink
  readonly hostForward: HostForward
  readonly #host: MachineHost
  readonly #settings: () => MachineSettings
  readonly #waitForEngine: MachineOptions['waitForEngine']
  readonly #limits: typeof defaultLimits
  readonly #suspending: SuspendServices
  readonly #clock: GuestClock
  readonly #clockWatch: ClockWatch
  #state: MachineState = lifecycle.stoppedState(Date.now())
  #vm: VirtualMachine | undefined
  /** What the running machine was launched with. */
  #launched: { prepared: PreparedMachine; choice: LaunchChoice } | undefined
  /** Aborted with what ends a start before its time. */
  #abortStart: AbortController | undefined
  /** The last of the pauses and wakings. */
  #turn = Promise.resolve()
  #waking: Promise<void> | undefined
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  /** Settled when nobody works on what the stopped machine is made of. */
  #offline: Promise<unknown> | undefined
  /** Settled when what is to be known of the disk at its next start has been written. */
  #diskNoted: Promise<void> | undefined

  constructor(options: MachineOptions) {
    super()
    const { paths, log, clocks } = options
    this.#host = machineHost(options)
    this.#suspending = {
      host: this.#host,
      kept: new SuspendedMachine(paths.machine),
      participants: options.suspendParticipants ?? [],
    }
    this.#settings = options.settings
    this.#waitForEngine = options.waitForEngine
    this.#limits = { ...defaultLimits, ...options.limits }
    this.link = new SshLink({ log, connectTimeoutMs: this.#limits.sshMs })
    this.link.on('down', () => {
      this.#showReconnecting(true)
    })
    this.link.on('up', () => {
      this.#showReconnecting(false)
    })
    this.link.on('use', () => {
      if (this.#state.phase !== 'paused') return
      this.wake().catch((error: unknown) => {
        log.error({ reason: message(error) }, 'the machine could not be woken')
      })
    })
    this.hostForward = new QmpHostForward(() => this.#vm?.qmp)
    this.#clock = new GuestClock({ link: this.link, log, ...(clocks ? { now: () => clocks.wall() } : {}) })
    this.#clockWatch = new ClockWatch(clocks)
    this.#clockWatch.on('jump', () => {
      this.hostWoke()
    })
  }

  /** See mounts-port.ts. */
  readonly reconnectMounts = (port: number): Promise<void> => reconnectMounts(this.#vm?.qmp, port)

  get state(): MachineState {
    return this.#state
  }

  /** What the machine was started with, as long as it runs. */
  get size(): MachineSettings | undefined {
    return this.#vm === undefined ? undefined : this.#launched?.choice.settings
  }

  /** The last lines of the serial console of the current or last launch. */
  consoleTail(lines = failureLines): string[] {
    return this.#vm?.console.tail(lines) ?? this.#state.failure?.console.slice(-lines) ?? []
  }

  /** What the guest has last reported under a name (vm-assets/README.md) in the current launch. */
  guestReport(name: string): string | undefined {
    return this.#vm?.console.reported(name)
  }

  /**
   * Resolves when the machine runs, joining a start that is under way. Rejects with the error that `state.failure`
   * then shows, or with machine.not-running when `stop` was called meanwhile.
   */
  async start(): Promise<void> {
    await this.#stopping
    await this.#offline
    if (this.#state.phase === 'paused') await this.wake()
    if (this.#state.phase === 'running') return
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    await this.#starting
  }

  /** Resolves when no machine runs. A start under way is given up. */
  async stop(): Promise<void> {
    await this.wake()
    if (lifecycle.canMove(this.#state.phase, 'stop')) {
      this.#stopping = this.#stop().finally(() => {
        this.#stopping = undefined
      })
    }
    await this.#stopping
  }

  /** Does `work` on what the machine is made of; a start waits for it. Rejects with machine.not-stopped. */
  async whileStopped<T>(work: () => Promise<T>): Promise<T> {
    await this.#offline
    if (this.#starting || !lifecycle.canMove(this.#state.phase, 'start'))
      throw new BerthError('machine.not-stopped')
    const working = work()
    this.#offline = working.catch(() => undefined)
    return working
  }

  /**
   * Resolves when no machine runs, keeping it for the next start to go on with; where that cannot be it is stopped.
   */
  async suspend(): Promise<void> {
    await this.wake()
    // One that was launched for a repair was launched with other arguments than the next one will be.
    const forRepair = this.#launched?.prepared.repairDisk === true
    if (this.#state.phase !== 'running' || forRepair || !canSuspend(this.#state.accelerator?.name)) {
      await this.stop()
      return
    }
    this.#stopping ??= this.#suspend().finally(() => {
      this.#stopping = undefined
    })
    await this.#stopping
  }

  /** Stops a running machine's processors until `wake`, or until somebody uses it. */
  async pause(): Promise<void> {
    if (this.#state.phase !== 'running') return
    this.#set(lifecycle.move(this.#state, 'pause', Date.now()))
    this.link.hold()
    await this.#inTurn((vm) => vm.pause())
  }

  /** Lets a paused machine run. */
  async wake(): Promise<void> {
    if (this.#state.phase === 'paused') {
      this.#set(lifecycle.move(this.#state, 'wake', Date.now()))
      this.#waking = this.#inTurn((vm) => vm.resume()).then(() => {
        this.link.listen()
      })
    }
    await this.#waking
  }

  /** The host has slept, or its clock was set: the guest's is set, and the connections are looked after, at once. */
  hostWoke(): void {
    if (this.#state.phase !== 'running') return
    this.#host.log.info('the host has slept or its clock was set')
    this.#clock.setSoon()
    this.link.check().catch((error: unknown) => {
      this.#host.log.info({ reason: message(error) }, 'the connections could not be checked')
    })
  }

  async #start(): Promise<void> {
    const abort = new AbortController()
    this.#abortStart = abort
    this.#set(lifecycle.move(this.#state, 'start', Date.now()))
    try {
      const prepared = await this.#prepare(abort.signal)
      if (!(await this.#resume(prepared, abort.signal))) {
        const vm = await this.#boot(prepared, abort)
        this.#set(lifecycle.move(this.#state, 'connect', Date.now()))
        await connect(this.link, vm, prepared.keys, abort.signal)
        this.#set(lifecycle.move(this.#state, 'engine', Date.now()))
        await this.#engine(vm, abort.signal, prepared.repairDisk ? repairPatience : 1)
      }
      if (prepared.repairDisk) await repairDone(this.#host.paths)
      this.#set(lifecycle.move(this.#state, 'ready', Date.now()))
    } catch (error) {
      const failure = BerthError.from(error)
      // A stop gave this start up and ends what it has begun.
      if (this.#state.phase !== 'stopping') await this.#fail(failure)
      throw failure
    }
  }

  async #prepare(signal: AbortSignal): Promise<PreparedMachine> {
    const found = await prepareImage(this.#host, signal, (done, total) => {
      if (!signal.aborted) this.#set(lifecycle.progressStep(this.#state, done, total))
    })
    this.#set(lifecycle.beginStep(this.#state, 'disk', Date.now()))
    const prepared = await prepareDisk(this.#host, found, this.#settings())
    signal.throwIfAborted()
    return prepared
  }

  /**
   * Goes on with a suspended machine; false when there is none. One that cannot go on, for whatever reason, is
   * forgotten, and the state tells why it is booted.
   */
  async #resume(prepared: PreparedMachine, signal: AbortSignal): Promise<boolean> {
    const { kept } = this.#suspending
    const attempt = new AbortController()
    const stop = () => {
      attempt.abort(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      // A repair changes the disk under it.
      const suspended = prepared.repairDisk ? undefined : await kept.read()
      if (suspended) await this.#goOn(suspended, prepared, attempt)
      return suspended !== undefined
    } catch (error) {
      await this.link.close()
      const vm = this.#vm
      this.#vm = undefined
      await vm?.kill()
      signal.throwIfAborted()
      const reason = resumeError(error)
      this.#host.log.warn({ code: reason.code, detail: reason.detail }, 'the suspended machine cannot go on')
      this.#set(lifecycle.withoutResuming(this.#state, reason.toData(), Date.now()))
      return false
    } finally {
      signal.removeEventListener('abort', stop)
      // Also what a crash has left: a memory without its record.
      await kept.discard()
    }
  }

  async #goOn(suspended: Suspended, prepared: PreparedMachine, attempt: AbortController): Promise<void> {
    const { accelerator } = suspended
    const settings = this.#settings()
    this.#set(lifecycle.move(this.#state, 'resume', Date.now()))
    const vm = await restore(this.#suspending, suspended, prepared, settings, attempt.signal)
    this.#launched = { prepared, choice: { settings, accelerator } }
    this.#watch(vm, attempt)
    await vm.resume()
    const { rejected } = await prepared.accelerators.plan(this.#host.platform, prepared.proofScope)
    this.#set(lifecycle.withAccelerator(this.#state, accelerator, rejected))
    this.#set(lifecycle.beginStep(this.#state, 'connect', Date.now()))
    await connect(this.link, vm, prepared.keys, attempt.signal)
    this.#set(lifecycle.beginStep(this.#state, 'engine', Date.now()))
    await this.#engine(vm, attempt.signal)
  }

  async #boot(prepared: PreparedMachine, abort: AbortController): Promise<VirtualMachine> {
    const { signal } = abort
    const { accelerators, proofScope } = prepared
    this.#set(lifecycle.move(this.#state, 'boot', Date.now()))
    const plan = await accelerators.plan(this.#host.platform, proofScope)
    const { bootMs } = this.#limits
    const settings = this.#settings()
    const { machine, accelerator, rejected, conclusive } = await boot(
      {
        plan,
        launch: (name) => launch(this.#host, prepared, { settings, accelerator: name }, signal),
        log: this.#host.log,
        emulatedMs: bootMs,
      },
      signal,
    ).catch(async (error: unknown) => {
      await accelerators.forget()
      throw error
    })
    this.#launched = { prepared, choice: { settings, accelerator } }
    this.#watch(machine, abort)
    this.#set(lifecycle.withAccelerator(this.#state, accelerator, rejected))
    if (conclusive) await accelerators.remember(proofScope, accelerator, rejected)
    else await accelerators.forget()
    const timeout = () => new BerthError('machine.boot-timeout', { seconds: bootMs / 1000 })
    await untilAborted(within(machine.console.reached('sshd'), bootMs, timeout), signal)
    return machine
  }

  async #engine(vm: VirtualMachine, signal: AbortSignal, patience = 1): Promise<void> {
    const engineMs = this.#limits.engineMs * patience
    const timeout = () => new BerthError('machine.engine-timeout', { seconds: engineMs / 1000 })
    // Asking before its socket is there would only take processor time from its start.
    const answers = vm.console.reached('dockerd').then(() => this.#waitForEngine(this.link, signal))
    await untilAborted(within(answers, engineMs, timeout), signal)
  }

  /** From here on the machine's own end, and what the guest reports, decide about the state. */
  #watch(vm: VirtualMachine, abort: AbortController): void {
    this.#vm = vm
    const showSpace = () => {
      this.#set(this.#state)
    }
    vm.on('hostFull', showSpace)
    vm.console.on('report', showSpace)
    const onFailure = (error: BerthError) => {
      this.#host.log.error({ code: error.code, params: error.params }, 'the guest reports a failure')
      abort.abort(error)
    }
    if (vm.console.failure) onFailure(vm.console.failure)
    vm.console.on('failure', onFailure)
    this.#diskNoted = vm.ended.then(() => noteLength(dataDiskFile(this.#host.paths), this.#host.log))
    void vm.ended.then((end) => (this.#vm === vm ? this.#onEnd(end, abort) : undefined))
  }

  async #onEnd(end: MachineEnd, abort: AbortController): Promise<void> {
    const { phase } = this.#state
    if (phase === 'stopping' || phase === 'suspending' || phase === 'failed') return
    const error = endError(end, this.#host.paths.machine)
    if (phase !== 'running' && phase !== 'paused') {
      abort.abort(error)
    } else if (end.poweredOff) {
      await this.stop()
    } else {
      await this.#fail(error)
    }
  }

  async #stop(): Promise<void> {
    this.#set(lifecycle.move(this.#state, 'stop', Date.now()))
    this.#abortStart?.abort(new BerthError('machine.not-running'))
    await this.#starting?.catch(() => undefined)
    if (this.#vm) {
      await shutDown(this.#vm, this.link, this.#host.log)
      await this.#diskNoted
    }
    this.#vm = undefined
    this.#set(lifecycle.move(this.#state, 'stopped', Date.now()))
  }

  async #suspend(): Promise<void> {
    const [vm, launched] = [this.#vm, this.#launched]
    this.#set(lifecycle.move(this.#state, 'suspend', Date.now()))
    try {
      if (!vm || !launched) throw new BerthError('machine.not-running')
      await suspend(this.#suspending, { vm, link: this.link, ...launched })
      this.#vm = undefined
      this.#set(lifecycle.move(this.#state, 'stopped', Date.now()))
    } catch (error) {
      this.#host.log.warn({ reason: message(error) }, 'the machine could not be suspended and is stopped')
      await this.#stop()
    }
  }

  /** Nothing is left running when the failure is shown. A stop that comes meanwhile has the last word. */
  async #fail(cause: BerthError): Promise<void> {
    const error = this.#vm?.isHostFull === true ? noSpaceError(this.#host.paths.machine) : cause
    this.#host.log.error({ code: error.code, params: error.params, detail: error.detail }, 'machine failed')
    const console = this.consoleTail()
    await this.link.close()
    await this.#vm?.quit(5_000)
    await this.#diskNoted
    this.#vm = undefined
    if (this.#state.phase === 'stopping' || !lifecycle.canMove(this.#state.phase, 'fail')) return
    this.#set(lifecycle.fail(this.#state, { error: error.toData(), console }, Date.now()))
  }

  /** One after the other: pausing and waking take a moment, and somebody may use the machine meanwhile. */
  #inTurn(task: (vm: VirtualMachine) => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (this.#vm) await task(this.#vm)
    })
    // Its own caller learns that it failed; QEMU's end, which is why, is dealt with by itself.
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  #showReconnecting(reconnecting: boolean): void {
    if (this.#state.phase === 'running') this.#set({ ...this.#state, reconnecting })
  }

  #set(state: MachineState): void {
    const was = this.#state.phase
    this.#state = { ...state, diskFull: fullDisk(state.phase, this.#vm) }
    if (state.phase !== was) this.#onPhase()
    this.emit('state', this.#state)
  }

  /** A clock is kept only where there is one. */
  #onPhase(): void {
    const action = this.#state.phase === 'running' ? 'start' : 'stop'
    this.#clock[action]()
    this.#clockWatch[action]()
  }
}
