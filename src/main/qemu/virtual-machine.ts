import { EventEmitter } from 'node:events'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import {
  listenForOnePeer,
  message,
  noSpaceError,
  type PeerAddress,
  spaceAgain,
  untilAborted,
  within,
} from '../lib'
import { saysLocked } from './qemu-img'
import type { Logger } from '../host'
import { GuestConsole } from './guest-console'
import { QemuProcess, type QemuExit } from './qemu-process'
import { QmpClient, type QmpEvent } from './qmp'

/** How a virtual machine came to its end. */
export interface MachineEnd {
  /** In QEMU's words. */
  reason: string
  /** The guest switched itself off. */
  poweredOff: boolean
  /** The host's disk was full. */
  noSpace: boolean
  stderr: string
}

export interface LaunchOptions {
  binary: string
  /** QEMU's arguments, given where it is to connect to. */
  args: (addresses: { qmp: PeerAddress; console: PeerAddress }) => string[]
  dataDisk: string
  recordFile: string
  log: Logger
  /** How long QEMU may take to answer on its control connection, milliseconds. */
  answerTimeoutMs?: number
}

const statusSchema = z.object({ status: z.string() })
/** RunState (QEMU, qapi/run-state.json) of a machine that we paused or saved. */
const haltedOnPurpose = new Set(['paused', 'finish-migrate', 'postmigrate', 'inmigrate'])

/**
 * QEMU with a machine in it: the process, its control connection and the guest's console. `hostFull` is emitted
 * with true when QEMU has stopped the machine because the host's disk is full, and with false when it goes on.
 */
export class VirtualMachine extends EventEmitter<{ hostFull: [boolean] }> {
  readonly console: GuestConsole
  readonly qmp: QmpClient
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<MachineEnd>
  readonly #process: QemuProcess
  readonly #log: Logger
  readonly #gone = new AbortController()
  #shutdown: { guest: boolean; reason: string } | undefined
  #halted: string | undefined
  #noSpace = false
  /** We stop its processors ourselves: that is no failure. */
  #pausing = false
  #hostFull = false

  private constructor(
    process: QemuProcess,
    qmp: QmpClient,
    console: GuestConsole,
    log: Logger,
    private readonly dataDisk: string,
  ) {
    super()
    this.#process = process
    this.qmp = qmp
    this.console = console
    this.#log = log
    qmp.on('event', (event) => {
      this.#onEvent(event)
    })
    for (const event of qmp.takeUnheard()) this.#onEvent(event)
    this.ended = process.exited.then((exit) => this.#end(exit))
    void this.ended.then(() => {
      this.#gone.abort()
    })
  }

  /** True while the machine stands still because the host's disk is full. */
  get isHostFull(): boolean {
    return this.#hostFull
  }

  get pid(): number {
    return this.#process.pid
  }

  /**
   * Starts QEMU and waits until it answers. Rejects with machine.disk-locked, machine.disk-unusable, host.no-space or
   * machine.qemu-start (no QEMU is left running then), or the signal's reason.
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
          () => new BerthError('machine.qemu-start', { reason: 'it does not answer' }),
        ),
        signal,
      )
      const console = new GuestConsole(dataDisk)
      console.read(consoleSocket)
      return new VirtualMachine(process, qmp, console, log, dataDisk)
    } catch (error) {
      process?.kill('SIGKILL')
      await process?.exited
      throw error
    } finally {
      qmpPeer.close()
      consolePeer.close()
    }
  }

  /** Stops the machine's processors, and with them its clock, until `resume`. */
  async pause(): Promise<void> {
    this.#pausing = true
    await this.qmp.execute('stop')
  }

  async resume(): Promise<void> {
    await this.qmp.execute('cont')
    this.#pausing = false
  }

  /**
   * Writes the memory and devices of a paused machine to an existing file; afterwards it can only be quit.
   * Rejects with what QEMU says, or when it ends.
   */
  async save(file: string): Promise<void> {
    const unlimited = 2 ** 50
    await this.qmp.execute('migrate-set-parameters', { 'max-bandwidth': unlimited })
    await this.#migrate('migrate', `exec:cat > ${shellQuoted(file)}`)
  }

  /** Reads what `save` wrote into a machine that was launched to wait for it; it is paused then. */
  async restore(file: string): Promise<void> {
    this.#pausing = true
    await this.#migrate('migrate-incoming', `exec:cat ${shellQuoted(file)}`)
  }

  async #migrate(command: string, uri: string): Promise<void> {
    // With this QEMU tells when it is done: there is nothing to poll.
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

  /** Ends QEMU at once: `quit` lets it flush its disks, a kill does not. */
  async quit(milliseconds: number): Promise<void> {
    this.qmp.execute('quit').catch(() => undefined)
    if (!(await this.endsWithin(milliseconds))) await this.kill()
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.ended
  }

  /** True when the process ends in this time. */
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
    else if (name === 'BLOCK_IO_ERROR' && data.nospace === true) this.#noSpace = true
    else if (name === 'STOP') this.#onHalt().catch(() => undefined)
  }

  /** Otherwise only a failure stops the processors: a broken accelerator, a full disk, a guest's panic. */
  async #onHalt(): Promise<void> {
    const { status } = statusSchema.parse(await this.qmp.execute('query-status'))
    if (status === 'running' || status === 'shutdown') return
    if (this.#pausing && haltedOnPurpose.has(status)) return
    if (status === 'io-error' && this.#noSpace) {
      await this.#continueWithSpace()
      return
    }
    this.#halted = status
    await this.quit(5_000)
  }

  /** QEMU keeps the writes that found no space, and repeats them when it goes on: the guest notices nothing. */
  async #continueWithSpace(): Promise<void> {
    this.#showHostFull(true)
    await spaceAgain(dirname(this.dataDisk), this.#gone.signal)
    this.#noSpace = false
    this.#showHostFull(false)
    await this.qmp.execute('cont')
  }

  #showHostFull(full: boolean): void {
    this.#log.warn(
      { full },
      full ? 'the host has no space left: the machine waits' : 'the host has space again',
    )
    this.#hostFull = full
    this.emit('hostFull', full)
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
    return { reason, poweredOff, noSpace: this.#noSpace, stderr }
  }
}

/** For `sh`, which QEMU has run the command behind `exec:`. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
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

/** A QEMU that dies closes its connections first: what it says on its way out is the better reason. */
async function preferExit<T>(answered: Promise<T>, process: QemuProcess, dataDisk: string): Promise<T> {
  try {
    return await answered
  } catch {
    throw startError(await process.exited, dataDisk)
  }
}

/** Why QEMU ended before it answered, from what it wrote (QEMU 7.2, block/file-posix.c and block/qcow2.c). */
export function startError({ code, signal, stderr }: QemuExit, dataDisk: string): BerthError {
  if (saysLocked(stderr)) {
    return new BerthError('machine.disk-locked', { file: dataDisk }, { detail: stderr })
  }
  // Its process id and its console's log have to be written.
  if (/No space left on device|Failed to write pid file/.test(stderr)) return noSpaceError(dirname(dataDisk))
  // QEMU names the argument it cannot act on before it says why.
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
