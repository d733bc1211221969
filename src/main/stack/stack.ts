import { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import type { MachineState } from '../../shared/machine'
import {
  stackReadingMs,
  type ComputerFacts,
  type EngineParts,
  type GuestFacts,
  type QemuFacts,
  type StackFacts,
} from '../../shared/stack'
import type { Engine, EngineChange, EngineState } from '../engine'
import type { Logger } from '../host'
import { type Emits, message, readLines } from '../lib'
import type { Machine } from '../machine'
import type { SshLink } from '../ssh'
import { Computer } from './computer'
import { guestFactsCommand, GuestFactsParser } from './guest-facts'
import { ProcessMeter, type ProcessUse } from './process-meter'

export interface StackOptions {
  /** The folder on whose file system Berth keeps its files. */
  folder: string
  log: Logger
  machine: Pick<Machine, 'state' | 'process'> & Emits<'state', [MachineState]>
  link: Pick<SshLink, 'openCommand' | 'isUp'> & Emits<'up'>
  state: Pick<EngineState, 'isOnline'> & Emits<'change', [EngineChange]>
  engine: Pick<Engine, 'parts'>
  /** Milliseconds between two readings. */
  pause?: number
}

/**
 * The facts about all layers, from the hardware to the engine. Reads them only while somebody watches. Never wakes a
 * paused machine, and never keeps a machine from pausing.
 */
export class Stack {
  readonly #options: StackOptions
  readonly #pause: number
  readonly #computer: Computer
  readonly #meter = new ProcessMeter()
  readonly #events = new EventEmitter<{ facts: [StackFacts] }>()
  #watchers = 0
  #timer: NodeJS.Timeout | undefined
  #facts: StackFacts | undefined
  #computerFacts: ComputerFacts | undefined
  #use: (ProcessUse & { pid: number }) | undefined
  #guest: GuestFacts | undefined
  #engine: EngineParts | undefined
  /** The program in the machine that reads the guest's facts. */
  #guestStream: { stream: Duplex | undefined; closed: boolean } | undefined
  #engineReading: AbortController | undefined
  /** Two readings of this computer never overlap. */
  #reading = false

  constructor(options: StackOptions) {
    this.#options = options
    this.#pause = options.pause ?? stackReadingMs
    this.#computer = new Computer({ folder: options.folder })
    // Every window adds listeners.
    this.#events.setMaxListeners(0)
    const changed = () => {
      this.#update()
      this.#report()
    }
    options.machine.on('state', changed)
    options.link.on('up', changed)
    options.state.on('change', ({ type }) => {
      if (type !== 'snapshot' && type !== 'offline') return
      this.#forgetEngine()
      changed()
    })
  }

  /** The facts now, and after each reading. The snapshot is undefined until the first reading has ended. */
  watch(): { snapshot: () => StackFacts | undefined; subscribe: (listener: Listener) => () => void } {
    return {
      snapshot: () => this.#facts,
      subscribe: (listener) => {
        this.#events.on('facts', listener)
        this.#watchers += 1
        if (this.#watchers === 1) this.#begin()
        return () => {
          this.#events.off('facts', listener)
          this.#watchers -= 1
          if (this.#watchers === 0) this.close()
        }
      },
    }
  }

  /** Stops reading, and forgets the facts, which would be out of date for the next watcher. */
  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#endGuest()
    this.#forgetEngine()
    this.#guest = undefined
    this.#facts = undefined
    this.#computerFacts = undefined
    this.#use = undefined
    this.#computer.reset()
    this.#meter.reset()
  }

  #begin(): void {
    const read = () => {
      this.#update()
      void this.#read()
    }
    this.#timer = setInterval(read, this.#pause)
    this.#timer.unref()
    read()
  }

  /** Begins or ends the readings that the state of the machine allows. */
  #update(): void {
    if (this.#timer === undefined) return
    const { machine, link, state } = this.#options
    const { phase } = machine.state
    // The program of a paused machine waits with the machine. To end it now would wake the machine.
    if (phase === 'paused') return
    if ((phase === 'engine' || phase === 'running') && link.isUp) this.#readGuest()
    else {
      this.#endGuest()
      this.#guest = undefined
    }
    if (state.isOnline && phase === 'running' && this.#engine === undefined) void this.#readEngine()
  }

  /** Reads the facts of this computer, and reports all facts. */
  async #read(): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    const { machine, log } = this.#options
    try {
      const pid = machine.process?.pid
      const [computer, use] = await Promise.all([
        this.#computer.read(),
        pid === undefined ? undefined : this.#meter.use(pid),
      ])
      if (this.#timer === undefined) return
      this.#computerFacts = computer
      this.#use = pid === undefined || use === undefined ? undefined : { pid, ...use }
      this.#report()
    } catch (error) {
      log.info({ reason: message(error) }, 'could not read the facts of this computer')
    } finally {
      this.#reading = false
    }
  }

  #report(): void {
    const computer = this.#computerFacts
    if (computer === undefined || this.#timer === undefined) return
    this.#facts = {
      computer,
      qemu: this.#qemuFacts(),
      guest: this.#guest ?? null,
      engine: this.#engine ?? null,
    }
    this.#events.emit('facts', this.#facts)
  }

  #qemuFacts(): QemuFacts | null {
    const running = this.#options.machine.process
    if (running === undefined) return null
    const { pid, qemu, size } = running
    const use = this.#use?.pid === pid ? this.#use : undefined
    return {
      pid,
      program: qemu.system,
      version: qemu.version,
      processors: size.cpus,
      memory: size.memoryMiB * 2 ** 20,
      cpu: use?.cpu ?? null,
      resident: use?.resident ?? null,
    }
  }

  #readGuest(): void {
    if (this.#guestStream !== undefined) return
    const run: { stream: Duplex | undefined; closed: boolean } = { stream: undefined, closed: false }
    this.#guestStream = run
    const ended = () => {
      if (this.#guestStream === run) this.#guestStream = undefined
    }
    const seconds = Math.max(1, Math.round(this.#pause / 1000))
    this.#options.link.openCommand(guestFactsCommand(seconds)).then(
      (stream) => {
        run.stream = stream
        stream.once('close', ended)
        stream.once('end', () => stream.destroy())
        if (run.closed) {
          stream.destroy()
          return
        }
        const parser = new GuestFactsParser()
        readLines(stream, (line) => {
          const facts = run.closed ? undefined : parser.line(line)
          if (facts === undefined) return
          const isFirst = this.#guest === undefined
          this.#guest = facts
          // The later ones are reported with the next reading of this computer.
          if (isFirst) this.#report()
        })
      },
      (error: unknown) => {
        this.#options.log.info({ reason: message(error) }, 'could not read the facts of the machine')
        ended()
      },
    )
  }

  #endGuest(): void {
    const run = this.#guestStream
    this.#guestStream = undefined
    if (run === undefined) return
    run.closed = true
    run.stream?.destroy()
  }

  async #readEngine(): Promise<void> {
    if (this.#engineReading !== undefined) return
    const reading = new AbortController()
    this.#engineReading = reading
    try {
      const parts = await this.#options.engine.parts(reading.signal)
      if (reading.signal.aborted) return
      this.#engine = parts
      this.#report()
    } catch (error) {
      if (!reading.signal.aborted)
        this.#options.log.info({ reason: message(error) }, 'could not read the parts of the engine')
    } finally {
      if (this.#engineReading === reading) this.#engineReading = undefined
    }
  }

  #forgetEngine(): void {
    this.#engineReading?.abort()
    this.#engineReading = undefined
    this.#engine = undefined
  }
}

type Listener = (facts: StackFacts) => void
