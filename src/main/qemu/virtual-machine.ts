import { EventEmitter } from 'node:events'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import {
  listenForOnePeer,
  message,
  noSpaceError,
  type PeerAddress,
  shellQuoted,
  untilAborted,
  within,
} from '../lib'
import type { Logger } from '../host'
import { GuestConsole } from './guest-console'
import { HostFullWait } from './host-full-wait'
import { saysLocked } from './qemu-img'
import { QemuProcess, type QemuExit } from './qemu-process'
import { QmpClient, type QmpEvent } from './qmp'

/** How a virtual machine ended. */
export interface MachineEnd {
  /** The reason in QEMU's words. */
  reason: string
  /** The guest powered itself off. */
  poweredOff: boolean
  /** The host's disk was full. */
  noSpace: boolean
  stderr: string
}

export interface LaunchOptions {
  binary: string
  /** Returns QEMU's arguments. QEMU connects to these addresses. */
  args: (addresses: { qmp: PeerAddress; console: PeerAddress }) => string[]
  dataDisk: string
  recordFile: string
  log: Logger
  /** How long QEMU may take to answer on its control connection, milliseconds. */
  answerTimeoutMs?: number
}

interface RunningParts {
  process: QemuProcess
  qmp: QmpClient
  console: GuestConsole
  log: Logger
  dataDisk: string
}

const statusSchema = z.object({ status: z.string() })
/** The values of RunState (QEMU, qapi/run-state.json) of a machine that Berth has paused, or that it saves or loads. */
const haltedOnPurpose = new Set(['paused', 'finish-migrate', 'postmigrate', 'inmigrate'])

/**
 * A running QEMU: the process, its control connection and the guest's console. `hostFull` is emitted with true if QEMU
 * has stopped the machine because the host's disk is full, and with false when the machine continues.
 */
export class VirtualMachine extends EventEmitter<{ hostFull: [boolean] }> {
  readonly console: GuestConsole
  readonly qmp: QmpClient
  /** Resolves when the process has ended, for any reason. */
  readonly ended: Promise<MachineEnd>
  readonly #process: QemuProcess
  readonly #log: Logger
  readonly #hostFull: HostFullWait
  /** Aborted when the process has ended. */
  readonly #gone = new AbortController()
  #shutdown: { guest: boolean; reason: string } | undefined
  #halted: string | undefined
  /** True while Berth itself keeps the processors stopped, which is not a failure. */
  #pausing = false

  private constructor({ process, qmp, console, log, dataDisk }: RunningParts) {
    super()
    this.#process = process
    this.qmp = qmp
    this.console = console
    this.#log = log
    this.#hostFull = new HostFullWait({
      dataDisk,
      log,
      onChange: (full) => void this.emit('hostFull', full),
    })
    qmp.on('event', (event) => {
      this.#onEvent(event)
    })
    for (const event of qmp.takeEarlyEvents()) this.#onEvent(event)
    this.ended = process.exited.then((exit) => this.#end(exit))
    void this.ended.then(() => {
      this.#gone.abort()
    })
  }

  /** True while the machine is stopped because the host's disk is full. */
  get isHostFull(): boolean {
    return this.#hostFull.isFull
  }

  get pid(): number {
    return this.#process.pid
  }

  /**
   * Starts QEMU and waits until it answers. If this fails, no QEMU is left running.
   * @throws BerthError machine.disk-locked, machine.disk-unusable, host.no-space, host.folder-unwritable,
   * machine.qemu-start
   * @throws the signal's reason
   */
  static async launch(options: LaunchOptions, signal: AbortSignal): Promise<VirtualMachine> {
    const { log, dataDisk, answerTimeoutMs = 20_000 } = options
    const [qmpPeer, consolePeer] = await Promise.all([listenForOnePeer(), listenForOnePeer()])
    let process: QemuProcess | undefined
    try {
      signal.throwIfAborted()
      const args = options.args({ qmp: qmpPeer.address, console: consolePeer.address })
      process = await spawnQemu(options, args)
      log.info({ pid: process.pid, args }, 'qemu started')
      const answered = Promise.all([
        qmpPeer.peer.then((socket) => QmpClient.connect(socket)),
        consolePeer.peer,
      ])
      const died = process.exited.then((exit) => Promise.reject(startError(exit, dataDisk)))
      const [qmp, consoleSocket] = await untilAborted(
        within(
          Promise.race([preferExit(answered, process, dataDisk), died]),
          answerTimeoutMs,
          () => new BerthError('machine.qemu-start', { reason: phrases['answer-missing'] }),
        ),
        signal,
      )
      const console = new GuestConsole(dataDisk)
      console.read(consoleSocket)
      return new VirtualMachine({ process, qmp, console, log, dataDisk })
    } catch (error) {
      process?.kill('SIGKILL')
      await process?.exited
      throw error
    } finally {
      qmpPeer.close()
      consolePeer.close()
    }
  }

  /**
   * Stops the machine's processors until `resume`. The guest's clock stops with them.
   * @throws as {@link QmpClient.execute}
   */
  async pause(): Promise<void> {
    this.#pausing = true
    await this.qmp.execute('stop')
  }

  async resume(): Promise<void> {
    await this.qmp.execute('cont')
    this.#pausing = false
  }

  /**
   * Writes the memory and the devices of a paused machine to an existing file. Afterwards the machine can only be quit.
   * @throws QmpError if QEMU refuses; Error if the transfer fails, or if QEMU ends
   */
  async save(file: string): Promise<void> {
    const unlimited = 2 ** 50
    await this.qmp.execute('migrate-set-parameters', { 'max-bandwidth': unlimited })
    // QEMU runs the command after `exec:` with `sh`.
    await this.#migrate('migrate', `exec:cat > ${shellQuoted(file)}`)
  }

  /**
   * Loads a file that `save` has written. The machine must have been launched with `-incoming`. Afterwards it is
   * paused.
   * @throws as `save`
   */
  async restore(file: string): Promise<void> {
    this.#pausing = true
    await this.#migrate('migrate-incoming', `exec:cat ${shellQuoted(file)}`)
  }

  async #migrate(command: string, uri: string): Promise<void> {
    // With this capability, QEMU reports the end of the transfer as an event. Without it, Berth would have to poll.
    const capabilities = [{ capability: 'events', state: true }]
    await this.qmp.execute('migrate-set-capabilities', { capabilities })
    const done = new Promise<void>((resolve, reject) => {
      const onEvent = ({ name, data }: QmpEvent) => {
        if (name !== 'MIGRATION' || !['completed', 'failed'].includes(String(data.status))) return
        this.qmp.off('event', onEvent)
        if (data.status === 'completed') resolve()
        else reject(new Error('QEMU could not transfer the memory'))
      }
      this.qmp.on('event', onEvent)
    })
    const ended = this.ended.then(({ reason }) => Promise.reject(new Error(reason)))
    await Promise.race([Promise.all([this.qmp.execute(command, { uri }), done]), ended])
  }

  /** Ends QEMU without a shutdown of the guest. `quit` lets QEMU flush its disks; `kill` does not. */
  async quit(milliseconds: number): Promise<void> {
    this.qmp.execute('quit').catch(() => undefined)
    if (!(await this.endsWithin(milliseconds))) await this.kill()
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.ended
  }

  /** True if the process ends within this time. */
  async endsWithin(milliseconds: number): Promise<boolean> {
    const late = new Error('late')
    return within(
      this.ended.then(() => true),
      milliseconds,
      () => late,
    ).catch((error: unknown) => {
      if (error === late) return false
      throw error
    })
  }

  #onEvent({ name, data }: QmpEvent): void {
    this.#log.debug({ event: name, data }, 'qemu event')
    if (name === 'SHUTDOWN') this.#shutdown = { guest: data.guest === true, reason: String(data.reason) }
    else if (name === 'BLOCK_IO_ERROR' && data.nospace === true) this.#hostFull.writeFailed()
    else if (name === 'STOP') this.#onHalt().catch(() => undefined)
  }

  /** Handles stopped processors. If Berth did not stop them, there is a failure: a broken accelerator, a full disk … */
  async #onHalt(): Promise<void> {
    const { status } = statusSchema.parse(await this.qmp.execute('query-status'))
    if (status === 'running' || status === 'shutdown') return
    if (this.#pausing && haltedOnPurpose.has(status)) return
    if (status === 'io-error' && this.#hostFull.hasFailedWrite) {
      await this.#hostFull.untilSpace(this.#gone.signal)
      await this.qmp.execute('cont')
      return
    }
    this.#halted = status
    await this.quit(5_000)
  }

  #end({ code, signal, stderr }: QemuExit): MachineEnd {
    const lastLine = stderr.split(/\r?\n/).at(-1) ?? ''
    const exit = signal ?? `exit code ${code ?? '?'}`
    const reason = this.#halted ?? this.#shutdown?.reason ?? (lastLine === '' ? exit : `${exit}: ${lastLine}`)
    const poweredOff =
      this.#halted === undefined &&
      this.#shutdown?.guest === true &&
      this.#shutdown.reason === 'guest-shutdown'
    this.#log.info({ reason, code, signal, stderr }, 'qemu ended')
    return { reason, poweredOff, noSpace: this.#hostFull.hasFailedWrite, stderr }
  }
}

async function spawnQemu(options: LaunchOptions, args: string[]): Promise<QemuProcess> {
  const { binary, dataDisk, recordFile } = options
  try {
    return await QemuProcess.spawn({ binary, args, disk: dataDisk, recordFile })
  } catch (error) {
    if (error instanceof BerthError) throw error
    throw new BerthError('machine.qemu-start', { reason: message(error) }, { cause: error })
  }
}

/**
 * Waits for QEMU's answer. A QEMU that dies closes its connections before it exits. In that case this function throws
 * the reason of the exit, because that reason says more than "connection closed".
 */
async function preferExit<T>(answered: Promise<T>, process: QemuProcess, dataDisk: string): Promise<T> {
  try {
    return await answered
  } catch {
    throw startError(await process.exited, dataDisk)
  }
}

/**
 * The error for a QEMU that ended before it answered. The reason is found in QEMU's messages (QEMU 7.2,
 * block/file-posix.c and block/qcow2.c).
 */
export function startError({ code, signal, stderr }: QemuExit, dataDisk: string): BerthError {
  if (saysLocked(stderr)) {
    return new BerthError('machine.disk-locked', { file: dataDisk }, { detail: stderr })
  }
  // QEMU needs space for its pid file and for the console log.
  if (/No space left on device|Failed to write pid file/.test(stderr)) return noSpaceError(dirname(dataDisk))
  // QEMU prints the argument that it cannot use, followed by the reason.
  const unusable = /-blockdev .*node-name=data.*?: (.*)/.exec(stderr)
  if (unusable) {
    const reason = unusable[1] ?? stderr
    return new BerthError('machine.disk-unusable', { file: dataDisk, reason }, { detail: stderr })
  }
  const lastLine = stderr.split(/\r?\n/).at(-1) ?? ''
  const exit = signal === null ? `it ended with code ${code ?? '?'}` : `it was ended by ${signal}`
  return new BerthError(
    'machine.qemu-start',
    { reason: lastLine === '' ? exit : lastLine },
    { detail: stderr },
  )
}
