import { EventEmitter } from 'node:events'
import { BerthError } from '../../shared/errors'
import type { Accelerator, MachineState } from '../../shared/machine'
import type { MachineSettings } from '../../shared/settings'
import { fullDisk, fullDiskError, noteLength } from '../disk'
import { type GuestImage, GuestImages } from '../guest-image'
import { berthFile, ClockWatch, type HostClocks } from '../host'
import { message, type Sequencer, sequencer } from '../lib'
import {
  type HostForward,
  type HostForwardList,
  type MachineEnd,
  type MountsPort,
  type QemuInstallation,
  QmpHostForward,
  reconnectMounts,
  type VirtualMachine,
} from '../qemu'
import type { SshLink } from '../ssh'
import { GuestClock } from './guest-clock'
import { type LaunchedMachine, machineHost, type MachineHost, type MachineHostOptions } from './launch'
import * as lifecycle from './lifecycle'
import { shutDown } from './shutdown'
import { endError, start, startLimits } from './start'
import { suspend, type SuspendServices } from './suspend'
import { canSuspend, SuspendedMachine, type SuspendParticipant } from './suspended-machine'

/** How many lines of the console a failure shows. */
const failureLines = 40

export interface MachineOptions extends MachineHostOptions {
  /** The SSH link to the machine. This class connects and closes it. */
  link: SshLink
  /** Read at each start. */
  settings: () => MachineSettings
  /** Resolves when the engine in the machine answers. */
  waitForEngine: (signal: AbortSignal) => Promise<void>
  /** Without it the machine has no shared folders. */
  mountsPort?: MountsPort
  /** Parts outside of QEMU that are saved with a suspended machine. */
  suspendParticipants?: readonly SuspendParticipant[]
  /** The host's clocks. This class reacts to their jumps. */
  clocks?: HostClocks
  limits?: Partial<typeof startLimits>
}

/** A running QEMU, and the things with which it was launched. */
export interface MachineProcess {
  pid: number
  qemu: QemuInstallation
  image: GuestImage
  accelerator: Accelerator
  size: MachineSettings
}

type CommandName = 'start' | 'stop' | 'suspend' | 'pause' | 'wake'

/** A machine whose QEMU runs. */
interface RunningMachine extends LaunchedMachine {
  /** Settled when QEMU has ended and the length of the data disk's file is recorded for the next start. */
  ended: Promise<void>
}

/**
 * The Linux machine. Its state changes only along the table in lifecycle.ts, and each change is emitted.
 *
 * Commands run one at a time, in the order of the calls. Each command reads the state when its turn comes. If a command
 * has the same name as the newest command, both share one run and one result. There are three more rules:
 * - `stop` aborts every earlier start, whether the start runs or still waits. The state `stopping` is shown
 *   immediately, unless the machine is paused or is being suspended.
 * - A command that has nothing to do resolves immediately. Examples are `stop` of a stopped machine, and `pause` of a
 *   machine that does not run.
 * - If QEMU ends, the machine's reaction waits for its turn too. A command that runs at that moment fails, so it
 *   notices the end earlier.
 */
export class Machine extends EventEmitter<{ state: [MachineState] }> {
  /** The link to the machine. While the machine runs, the link reconnects whenever a connection breaks. */
  readonly link: SshLink
  readonly hostForward: HostForward & HostForwardList
  readonly #options: MachineOptions
  readonly #host: MachineHost
  readonly #guestImages: GuestImages
  readonly #suspending: SuspendServices
  readonly #clock: GuestClock
  readonly #clockWatch: ClockWatch
  #state: MachineState = lifecycle.stoppedState(Date.now())
  #running: RunningMachine | undefined
  readonly #inTurn: Sequencer = sequencer()
  /** The newest command, while it waits or runs. */
  #newest: { name: CommandName; done: Promise<void> } | undefined
  /** Each start takes the signal of this controller. A stop aborts the controller and makes a new one. */
  #starts = new AbortController()

  constructor(options: MachineOptions) {
    super()
    const { paths, log, link, clocks, mountsPort, suspendParticipants = [] } = options
    this.#options = options
    this.#host = machineHost(options)
    this.#guestImages = new GuestImages(this.#host)
    this.#suspending = {
      host: this.#host,
      kept: new SuspendedMachine(paths.machine),
      participants: suspendParticipants,
    }
    this.hostForward = new QmpHostForward(() => this.#running?.vm.qmp)
    this.#clock = new GuestClock({ link, log, ...(clocks ? { now: () => clocks.wall() } : {}) })
    this.#clockWatch = new ClockWatch(clocks)
    this.#clockWatch.on('jump', () => {
      this.hostWoke()
    })
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
        log.error({ reason: message(error) }, 'could not wake the machine')
      })
    })
    mountsPort?.on('moved', (address) => {
      reconnectMounts(this.#running?.vm.qmp, address, this.#host).catch((error: unknown) => {
        mountsPort.reconnectFailed(error)
      })
    })
  }

  get state(): MachineState {
    return this.#state
  }

  /** The settings that the machine was started with, while it runs. */
  get size(): MachineSettings | undefined {
    return this.#running?.choice.settings
  }

  /** The QEMU process, while it runs. */
  get process(): MachineProcess | undefined {
    if (this.#running === undefined) return undefined
    const { vm, prepared, choice } = this.#running
    const { qemu, image } = prepared
    return { pid: vm.pid, qemu, image, accelerator: choice.accelerator, size: choice.settings }
  }

  /** The last lines of the serial console of the running machine, or of a machine that has failed. */
  consoleTail(lines = failureLines): string[] {
    return this.#running?.vm.console.tail(lines) ?? this.#state.failure?.console.slice(-lines) ?? []
  }

  /** The value that the guest last reported under this name in the current launch (vm-assets/README.md). */
  guestReport(name: string): string | undefined {
    return this.#running?.vm.console.reported(name)
  }

  /**
   * Resolves when the machine runs.
   * @throws BerthError the error that `state.failure` shows; machine.not-running if a stop has aborted the start
   * @throws QmpError, Error if QEMU cannot wake a paused machine
   */
  start(): Promise<void> {
    const { signal } = this.#starts
    return this.#command('start', () => this.#start(signal))
  }

  /** Resolves when no machine runs. */
  async stop(): Promise<void> {
    this.#starts.abort(new BerthError('machine.not-running'))
    this.#starts = new AbortController()
    const { phase } = this.#state
    if (phase === 'stopped' || phase === 'failed') return
    // In two phases, the stop waits for its turn before it shows the state `stopping`. Paused processors have to run
    // before the stop. A suspension cannot be aborted, so the stop waits for the suspension's end.
    const canShow = phase !== 'paused' && phase !== 'suspending' && phase !== 'stopping'
    if (canShow) this.#move('stop')
    await this.#command('stop', () => this.#stop())
  }

  /** Saves the machine's memory and ends QEMU. If saving is impossible, stops the machine. */
  async suspend(): Promise<void> {
    const { phase } = this.#state
    if (phase === 'running' || phase === 'paused') await this.#command('suspend', () => this.#suspend())
    else await this.stop()
  }

  /** Stops the processors of a running machine until `wake`, or until anything uses its link. */
  async pause(): Promise<void> {
    if (this.#state.phase === 'running') await this.#command('pause', () => this.#pause())
  }

  /** Lets the processors of a paused machine run. */
  async wake(): Promise<void> {
    if (this.#state.phase === 'paused') await this.#command('wake', () => this.#wake())
  }

  /**
   * Does `work` on the files of the stopped machine. A start waits until the work has ended.
   * @throws BerthError machine.not-stopped, or the error of `work`
   */
  async whileStopped<T>(work: () => Promise<T>): Promise<T> {
    if (this.#newest?.name === 'start') throw new BerthError('machine.not-stopped')
    this.#assertStopped()
    return this.#inTurn(() => {
      this.#assertStopped()
      return work()
    })
  }

  /**
   * Chooses the guest image of the next start.
   * @throws BerthError, see {@link GuestImages.switchTo}
   */
  async useImage(which: 'previous' | 'newest'): Promise<void> {
    const image = await this.#guestImages.switchTo(which, this.#state.image)
    this.#set(lifecycle.withImage(this.#state, image))
  }

  /** Sets the guest's clock and tests the connections. Call this after the host has slept or its clock was set. */
  hostWoke(): void {
    if (this.#state.phase !== 'running') return
    const { log } = this.#host
    log.info('the host has slept or its clock was set')
    this.#clock.setSoon()
    this.link.probe().catch((error: unknown) => {
      log.info({ reason: message(error) }, 'could not test the connections')
    })
  }

  #command(name: CommandName, work: () => Promise<void>): Promise<void> {
    if (this.#newest?.name === name) return this.#newest.done
    const command = { name, done: this.#inTurn(work) }
    this.#newest = command
    const forget = () => {
      if (this.#newest === command) this.#newest = undefined
    }
    void command.done.then(forget, forget)
    return command.done
  }

  async #start(signal: AbortSignal): Promise<void> {
    await this.#wake()
    if (this.#state.phase === 'running') return
    signal.throwIfAborted()
    const { link, settings, waitForEngine, limits } = this.#options
    this.#move('start')
    try {
      await start(
        {
          host: this.#host,
          link,
          guestImages: this.#guestImages,
          suspending: this.#suspending,
          settings,
          waitForEngine,
          limits: { ...startLimits, ...limits },
          change: (change) => {
            // After an abort, only the stop changes the state.
            if (!signal.aborted) this.#set(change(this.#state))
          },
          launched: (machine) => {
            this.#launched(machine)
          },
          dropped: () => {
            this.#running = undefined
          },
        },
        signal,
      )
    } catch (error) {
      const failure = this.#explained(BerthError.from(error))
      // If a stop has aborted this start, that stop ends QEMU.
      if (this.#state.phase !== 'stopping') await this.#fail(failure)
      throw failure
    }
  }

  #launched(machine: LaunchedMachine): void {
    const { vm } = machine
    const { paths, log } = this.#host
    const ended = vm.ended.then(() => noteLength(berthFile(paths, 'dataDisk'), log))
    this.#running = { ...machine, ended }
    const showSpace = () => {
      this.#set(this.#state)
    }
    vm.on('hostFull', showSpace)
    vm.console.on('report', showSpace)
    void vm.ended.then((end) => this.#inTurn(() => this.#onEnd(vm, end)))
  }

  /** Handles the end of QEMU. If a command has ended QEMU, or has noticed its end, there is nothing left to do. */
  async #onEnd(vm: VirtualMachine, end: MachineEnd): Promise<void> {
    const { phase } = this.#state
    if (this.#running?.vm !== vm || (phase !== 'running' && phase !== 'paused')) return
    if (end.poweredOff) await this.#stop()
    else await this.#fail(this.#explained(endError(end, this.#host.paths.machine)))
  }

  async #stop(): Promise<void> {
    await this.#wakeToEnd()
    if (this.#state.phase !== 'stopping') {
      if (!lifecycle.canMove(this.#state.phase, 'stop')) return
      this.#move('stop')
    }
    if (this.#running) {
      await shutDown(this.#running.vm, this.link, this.#host.log)
      await this.#running.ended
    }
    this.#running = undefined
    this.#move('stopped')
  }

  async #suspend(): Promise<void> {
    await this.#wakeToEnd()
    const machine = this.#running
    if (this.#state.phase !== 'running' || !machine || !this.#canSuspend(machine)) {
      await this.#stop()
      return
    }
    this.#move('suspend')
    try {
      await suspend(this.#suspending, { ...machine, link: this.link })
      await machine.ended
    } catch (error) {
      this.#host.log.warn({ reason: message(error) }, 'could not suspend the machine, stopping it')
      await this.#stop()
      return
    }
    this.#running = undefined
    this.#move('stopped')
  }

  #canSuspend({ vm, prepared }: RunningMachine): boolean {
    // The launch for a repair has an extra argument. The next launch lacks this argument, so it could not resume the
    // machine.
    if (prepared.repairDisk) return false
    // If the host's disk is full, it has no space for the memory either.
    return !vm.isHostFull && canSuspend(this.#state.accelerator?.name)
  }

  async #pause(): Promise<void> {
    // QEMU stops the processors itself while it waits for space on the host, and starts them again.
    if (this.#state.phase !== 'running' || !this.#running || this.#running.vm.isHostFull) return
    this.#move('pause')
    this.link.stopKeepalive()
    await this.#running.vm.pause()
  }

  async #wake(): Promise<void> {
    if (this.#state.phase !== 'paused' || !this.#running) return
    await this.#running.vm.resume()
    this.link.startKeepalive()
    this.#move('wake')
  }

  /** Wakes the machine before a stop or suspend. A failure is only logged, because QEMU can still be ended. */
  async #wakeToEnd(): Promise<void> {
    await this.#wake().catch((error: unknown) => {
      this.#host.log.info({ reason: message(error) }, 'could not wake the machine to end it')
    })
  }

  /** Ends QEMU and then shows the failure. If `stop` is called before that, the failure is not shown. */
  async #fail(error: BerthError): Promise<void> {
    this.#host.log.error({ code: error.code, params: error.params, detail: error.detail }, 'machine failed')
    const console = this.consoleTail()
    await this.link.close()
    await this.#running?.vm.quit(5_000)
    await this.#running?.ended
    this.#running = undefined
    if (this.#state.phase === 'stopping' || !lifecycle.canMove(this.#state.phase, 'fail')) return
    this.#set(lifecycle.fail(this.#state, { error: error.toData(), console }, Date.now()))
  }

  #explained(cause: BerthError): BerthError {
    return fullDiskError(cause, this.#running?.vm, berthFile(this.#host.paths, 'dataDisk'))
  }

  #assertStopped(): void {
    if (!lifecycle.canMove(this.#state.phase, 'start')) throw new BerthError('machine.not-stopped')
  }

  #showReconnecting(reconnecting: boolean): void {
    if (this.#state.phase === 'running') this.#set({ ...this.#state, reconnecting })
  }

  #move(transition: Exclude<lifecycle.MachineTransition, 'fail'>): void {
    this.#set(lifecycle.move(this.#state, transition, Date.now()))
  }

  #set(state: MachineState): void {
    const was = this.#state.phase
    this.#state = { ...state, diskFull: fullDisk(state.phase, this.#running?.vm) }
    if (state.phase !== was) this.#onPhase()
    this.emit('state', this.#state)
  }

  /** Keeps the guest's clock correct, but only while the machine runs. */
  #onPhase(): void {
    const action = this.#state.phase === 'running' ? 'start' : 'stop'
    this.#clock[action]()
    this.#clockWatch[action]()
  }
}
