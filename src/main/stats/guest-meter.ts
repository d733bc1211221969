import type { Duplex } from 'node:stream'
import { readLines } from '../lib'
import type { SshLink } from '../ssh'
import type { Meter, MeterEvents, MeterTask } from './meter'
import { SampleParser } from './sample-parser'

export const guestProgram = '/usr/lib/berth/container-stats'

/**
 * The machine's own program that measures containers (vm-assets/agent/container-stats.c). One channel carries the
 * numbers of all containers. The program ends with its channel.
 */
export class GuestMeter implements Meter {
  readonly listsProcesses = true
  readonly #stream: Duplex
  /** The number and the first process of each measured container, by the container's id. */
  readonly #measured = new Map<string, { number: number; pid: number }>()
  readonly #ids = new Map<number, string>()
  #processesOf: ReadonlySet<string> = new Set()
  #interval: number | undefined
  #nextNumber = 1
  #closed = false

  private constructor(stream: Duplex, { onSample, onEnd }: MeterEvents) {
    this.#stream = stream
    const parser = new SampleParser(
      (number) => this.#ids.get(number),
      (id) => this.#processesOf.has(id),
    )
    readLines(stream, (line) => {
      const sample = this.#closed ? undefined : parser.line(line)
      if (sample !== undefined) onSample(sample)
    })
    stream.once('close', () => {
      if (!this.#closed) onEnd()
      this.#closed = true
    })
    // The output ends if the program is missing or has ended. `close` would follow only after the input has ended too.
    stream.once('end', () => stream.destroy())
  }

  /** @throws BerthError machine.connection-lost, machine.not-running */
  static async start(link: Pick<SshLink, 'openCommand'>, events: MeterEvents): Promise<GuestMeter> {
    return new GuestMeter(await link.openCommand(guestProgram), events)
  }

  apply({ containers, processesOf, interval }: MeterTask): void {
    const commands: string[] = []
    if (interval !== this.#interval) commands.push(`every ${String(interval)}`)
    this.#interval = interval
    for (const [id, { number, pid }] of this.#measured) {
      if (containers.get(id) === pid) continue
      commands.push(`remove ${String(number)}`)
      this.#measured.delete(id)
      this.#ids.delete(number)
    }
    const added = new Set<string>()
    for (const [id, pid] of containers) {
      if (this.#measured.has(id)) continue
      const number = this.#nextNumber++
      this.#measured.set(id, { number, pid })
      this.#ids.set(number, id)
      added.add(id)
      commands.push(`add ${String(number)} ${id} ${String(pid)}`)
    }
    for (const [id, { number }] of this.#measured) {
      const before = !added.has(id) && this.#processesOf.has(id)
      const now = processesOf.has(id)
      if (now !== before) commands.push(`${now ? '' : 'no'}processes ${String(number)}`)
    }
    this.#processesOf = new Set(processesOf)
    // Each write counts as use of the machine, so an empty one would keep the machine from pausing.
    if (commands.length > 0 && !this.#closed) this.#stream.write(`${commands.join('\n')}\n`)
  }

  close(): void {
    this.#closed = true
    this.#stream.destroy()
  }
}
