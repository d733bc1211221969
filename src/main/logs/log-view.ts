import { randomUUID } from 'node:crypto'
import type { LogPage, LogPositions, LogViewEvent, UnreadableLog } from '../../shared/logs'
import type { OpenLine, OpenLineWatch } from '../engine'
import type { LogReader } from './log-reader'

/** A view shows the unfinished lines of this many containers. Each takes a channel of the SSH connection. */
const openLineLimit = 8

export interface ViewedLog {
  name: string
  /** The container that has this name now. */
  containerId: string | undefined
}

/** One open view of logs, in the order of their names. */
export class LogView {
  readonly id = randomUUID()
  readonly reader: LogReader
  readonly #logs: readonly ViewedLog[]
  readonly #unreadable: readonly UnreadableLog[]
  readonly #watchOpenLines: (id: string, changed: (line: OpenLine) => void) => OpenLineWatch
  readonly #watches = new Map<number, { id: string; watch: OpenLineWatch }>()
  /** Up to this position of each log, the watches know the lines. */
  readonly #known: LogPositions = []
  #events: LogViewEvent[] = []
  #wake: () => void = () => undefined

  constructor(options: {
    reader: LogReader
    logs: readonly ViewedLog[]
    unreadable: readonly UnreadableLog[]
    watchOpenLines: (id: string, changed: (line: OpenLine) => void) => OpenLineWatch
  }) {
    this.reader = options.reader
    this.#logs = options.logs
    this.#unreadable = options.unreadable
    this.#watchOpenLines = options.watchOpenLines
  }

  get names(): string[] {
    return this.#logs.map(({ name }) => name)
  }

  /** Yields the view's events until the signal aborts or the reader ends. */
  async *events(signal: AbortSignal): AsyncGenerator<LogViewEvent, void> {
    let failure: Error | undefined
    this.reader.onEnd((error) => {
      failure = error
      this.#wake()
    })
    const abort = (): void => {
      this.#wake()
    }
    signal.addEventListener('abort', abort)
    try {
      const { positions, bounds } = await this.reader.watch(() => {
        this.#grown()
      })
      yield { type: 'opened', viewId: this.id, positions, bounds, unreadable: [...this.#unreadable] }
      this.#known.push(...positions)
      for (const [index, { containerId }] of this.#logs.entries())
        if (containerId !== undefined) this.#follow(index, containerId)
      while (!signal.aborted) {
        const event = this.#events.shift()
        if (event !== undefined) yield event
        else if (failure !== undefined) throw failure
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
      }
    } finally {
      signal.removeEventListener('abort', abort)
      for (const { watch } of this.#watches.values()) watch.release()
      this.reader.close()
    }
  }

  /** A container with the name of a log exists now. Its log continues that of the last container. */
  async addContainer(name: string, id: string): Promise<void> {
    const index = this.#logs.findIndex((log) => log.name === name)
    if (index < 0) return
    await this.reader.setContainers(index, [id])
    this.#follow(index, id)
    this.#grown()
  }

  async read(
    direction: 'older' | 'newer',
    options: { positions: LogPositions; count: number },
  ): Promise<LogPage> {
    const page = await this.reader.read(direction, options)
    if (direction === 'newer') this.#learn(page)
    return page
  }

  /** Tells the watches which lines are in the log, so that they show only the rest. */
  #learn({ lines }: LogPage): void {
    for (const line of lines) {
      if (line.position !== this.#known[line.log]) continue
      this.#known[line.log] = line.next
      this.#watches.get(line.log)?.watch.logged(line)
    }
  }

  #follow(index: number, id: string): void {
    const old = this.#watches.get(index)
    if (old?.id === id || this.#watches.size >= openLineLimit) return
    old?.watch.release()
    const watch = this.#watchOpenLines(id, (line) => {
      this.#push({ type: 'open', log: index, ...line })
    })
    this.#watches.set(index, { id, watch })
  }

  /** Reports new lines, unless the last report has not been sent yet. */
  #grown(): void {
    if (!this.#events.some(({ type }) => type === 'grown')) this.#push({ type: 'grown' })
  }

  #push(event: LogViewEvent): void {
    // A newer state of the same unfinished line replaces an older state that has not been sent.
    if (event.type === 'open')
      this.#events = this.#events.filter(
        (other) => other.type !== 'open' || other.log !== event.log || other.stream !== event.stream,
      )
    this.#events.push(event)
    this.#wake()
  }
}
