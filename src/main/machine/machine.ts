import { EventEmitter } from 'node:events'
import { BerthError } from '../../shared/errors'
import type { MachineState } from '../../shared/machine'
import type { MachineSettings } from '../../shared/settings'
import { berthFile, ClockWatch } from '../host'
import { message } from '../lib'
import type { SshLink } from '../ssh'
import { fullDisk, fullDiskError, noteLength } from '../disk'
import { GuestClock } from './guest-clock'
import { GuestSystem } from '../guest-image'
import {
  type HostForward,
  type MachineEnd,
  QmpHostForward,
  reconnectMounts,
  type VirtualMachine,
} from '../qemu'
import * as lifecycle from './lifecycle'
import { endError } from './machine-errors'
import { defaultLimits, machineHost, type MachineOptions } from './machine-options'
import type { MachineHost } from './prepare'
import { repairDone } from './repair'
import { shutDown } from './shutdown'
import { Startup, type Launched, type StartupOwner } from './startup'
import { suspend, type SuspendServices } from './suspend'
import { canSuspend, SuspendedMachine } from './suspended'

export type { MachineOptions } from './machine-options'

/** Lines of the console that a failure shows. */
const failureLines = 40

/** The Linux machine. Its state changes only along the table in lifecycle.ts, and each change is emitted. */
export class Machine extends EventEmitter<{ state: [MachineState] }> {
  /** Up while the machine runs. */
  readonly link: SshLink
  readonly hostForward: HostForward
  readonly #host: MachineHost
  readonly #system: GuestSystem
  readonly #startup: Startup
  readonly #suspending: SuspendServices
  readonly #clock: GuestClock
  readonly #clockWatch: ClockWatch
  #state: MachineState = lifecycle.stoppedState(Date.now())
  #vm: VirtualMachine | undefined
  #launched: Launched | undefined
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
    const { paths, log, link, clocks, mountsPort } = options
    this.#host = machineHost(options)
    this.#suspending = {
      host: this.#host,
      kept: new SuspendedMachine(paths.machine),
      participants: options.suspendParticipants ?? [],
    }
    this.#system = new GuestSystem(this.#host)
    const limits = { ...defaultLimits, ...options.limits }
    this.link = link
    link.on('down', () => {
      this.#showReconnecting(true)
    })
    link.on('up', () => {
      this.#showReconnecting(false)
    })
    link.on('use', () => {
      if (this.#state.phase !== 'paused') return
      this.wake().catch((error: unknown) => {
        log.error({ reason: message(error) }, 'the machine could not be woken')
      })
    })
    this.#startup = new Startup({
      owner: this.#startupOwner(),
      link,
      settings: options.settings,
      waitForEngine: options.waitForEngine,
      limits,
      suspending: this.#suspending,
    })
    this.hostForward = new QmpHostForward(() => this.#vm?.qmp)
    mountsPort?.on('moved', (address) => {
      reconnectMounts(this.#vm?.qmp, address, this.#host).catch((error: unknown) => {
        mountsPort.reconnectFailed(error)
      })
    })
    this.#clock = new GuestClock({ link, log, ...(clocks ? { now: () => clocks.wall() } : {}) })
    this.#clockWatch = new ClockWatch(clocks)
    this.#clockWatch.on('jump', () => {
      this.hostWoke()
    })
  }

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
    // Without space on the host it stands still, and its memory would find none either.
    const able = canSuspend(this.#state.accelerator?.name) && this.#vm?.isHostFull !== true
    if (this.#state.phase !== 'running' || forRepair || !able) {
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

  /** Which guest image the next start takes. Rejects with machine.image-missing when there is none to go back to. */
  async useImage(which: 'previous' | 'newest'): Promise<void> {
    const image = await this.#system.use(which, this.#state.image)
    this.#set(lifecycle.withImage(this.#state, image))
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
      const prepared = await this.#startup.run(abort)
      if (prepared.repairDisk) await repairDone(this.#host.paths)
      await this.#system.cameUp(prepared.image, prepared.dataDisk)
      abort.signal.throwIfAborted()
      this.#set(lifecycle.move(this.#state, 'ready', Date.now()))
    } catch (error) {
      const failure = this.#explained(BerthError.from(error))
      // A stop gave this start up and ends what it has begun.
      if (this.#state.phase !== 'stopping') await this.#fail(failure)
      throw failure
    }
  }

  #startupOwner(): StartupOwner {
    const current = () => this.#state
    return {
      get state() {
        return current()
      },
      show: (state) => {
        this.#set(state)
      },
      adopt: (vm, launched, abort) => {
        this.#launched = launched
        this.#watch(vm, abort)
      },
      drop: async () => {
        const vm = this.#vm
        this.#vm = undefined
        await vm?.kill()
      },
    }
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
    this.#diskNoted = vm.ended.then(() => noteLength(berthFile(this.#host.paths, 'dataDisk'), this.#host.log))
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
      await this.#fail(this.#explained(error))
    }
  }

  #explained(cause: BerthError): BerthError {
    return fullDiskError(cause, this.#vm, berthFile(this.#host.paths, 'dataDisk'))
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
  async #fail(error: BerthError): Promise<void> {
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
