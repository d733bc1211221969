import { Readable } from 'node:stream'
import { BerthError } from '../../shared/errors'
import type { LogViewEvent, UnreadableLog } from '../../shared/logs'
import type { Engine, EngineChange, EngineState } from '../engine'
import type { Logger } from '../host'
import { message, type Emits } from '../lib'
import type { SshLink } from '../ssh'
import { KeptLogs } from './kept-logs'
import { LogReader } from './log-reader'
import { LogView, type ViewedLog } from './log-view'

/** The driver whose files the log reader reads. */
const readableDriver = 'json-file'
/** The lines that a download reads at a time. */
const downloadLines = 5_000

export interface LogsOptions {
  link: Pick<SshLink, 'openCommand' | 'exec'>
  log: Logger
  engine: { readonly containers: Pick<Engine['containers'], 'logDriver' | 'watchOpenLines'> }
  state: Pick<EngineState, 'containers'> & Emits<'change', [EngineChange]>
  /** How many MiB the logs of removed containers may take. */
  keepMiB: () => number
}

/** Reads and searches the logs of containers, also of removed ones. A log is known by the container's name. */
export class Logs {
  readonly kept: KeptLogs
  readonly #options: LogsOptions
  readonly #views = new Map<string, LogView>()
  #limit: number | undefined

  constructor(options: LogsOptions) {
    this.#options = options
    this.kept = new KeptLogs(options.link)
    options.state.on('change', (change) => {
      if (change.type === 'container') void this.#onContainer(change.container)
    })
  }

  /**
   * Opens a view, and yields its events. The view closes when the signal aborts or the caller stops.
   * @throws BerthError logs.no-reader, machine.connection-lost, machine.not-running
   */
  async *open(names: readonly string[], signal: AbortSignal): AsyncGenerator<LogViewEvent, void> {
    const { link, engine } = this.#options
    const unreadable = await this.#unreadable(names)
    const logs = this.#viewed(names)
    const reader = await LogReader.open(link)
    try {
      await this.#fill(reader, logs)
    } catch (error) {
      reader.close()
      throw error
    }
    const view = new LogView({
      reader,
      logs,
      unreadable,
      watchOpenLines: (id, changed) => engine.containers.watchOpenLines(id, changed),
    })
    this.#views.set(view.id, view)
    try {
      yield* view.events(signal)
    } finally {
      this.#views.delete(view.id)
    }
  }

  /** @throws BerthError logs.view-closed */
  view(id: string): LogView {
    const view = this.#views.get(id)
    if (view === undefined) throw new BerthError('logs.view-closed')
    return view
  }

  /**
   * The whole logs as text. A line begins with its container's name if there are several logs.
   * @throws BerthError as {@link Logs.open}
   */
  async text(
    { names, timestamps }: { names: readonly string[]; timestamps: boolean },
    signal: AbortSignal,
  ): Promise<Readable> {
    const reader = await LogReader.open(this.#options.link)
    signal.addEventListener('abort', () => {
      reader.close()
    })
    const bounds = await this.#fill(reader, this.#viewed(names))
    const width = Math.max(...names.map(({ length }) => length))
    async function* pieces(): AsyncGenerator<string, void> {
      let positions = names.map(() => 0)
      try {
        for (;;) {
          const page = await reader.read('newer', { positions, count: downloadLines })
          const lines = page.lines.map(({ log, time, text, continues }) => {
            const name = names.length === 1 ? '' : `${(names[log] ?? '').padEnd(width)} | `
            const stamp = timestamps ? `${new Date(time).toISOString()} ` : ''
            return `${name}${stamp}${text}${continues === true && names.length === 1 ? '' : '\n'}`
          })
          if (lines.length > 0) yield lines.join('')
          positions = page.positions
          // A log that grows faster than the download would never end.
          const isComplete = positions.every((position, log) => position >= (bounds[log] ?? 0))
          if (page.atEnd || isComplete || page.lines.length === 0) return
        }
      } finally {
        reader.close()
      }
    }
    return Readable.from(pieces())
  }

  /** Call this when the machine runs, and after each change of the settings. */
  async applyLimit(): Promise<void> {
    const limit = this.#options.keepMiB()
    if (limit === this.#limit) return
    try {
      await this.kept.setLimit(limit)
      this.#limit = limit
    } catch (error) {
      this.#options.log.warn({ reason: message(error) }, 'could not set the limit of kept logs')
    }
  }

  /** Call this when the machine has stopped. Its next data disk may not have the limit. */
  machineStopped(): void {
    this.#limit = undefined
  }

  /** Gives the reader the containers of each log, also the removed ones. Returns the end of each log. */
  async #fill(reader: LogReader, logs: readonly ViewedLog[]): Promise<number[]> {
    const kept = await this.kept.containers()
    let ends: number[] = []
    for (const [index, { name, containerId }] of logs.entries()) {
      const old = kept.filter((each) => each.name === name && each.id !== containerId).map(({ id }) => id)
      const ids = containerId === undefined ? old : [...old, containerId]
      const { bounds } = await reader.setContainers(index, ids)
      ends = bounds.map(({ end }) => end)
    }
    return ends
  }

  #viewed(names: readonly string[]): ViewedLog[] {
    const ids = new Map([...this.#options.state.containers.values()].map(({ id, name }) => [name, id]))
    return names.map((name) => ({ name, containerId: ids.get(name) }))
  }

  /** The containers whose logs are not in JSON files. A container that has just been removed is left out. */
  async #unreadable(names: readonly string[]): Promise<UnreadableLog[]> {
    const { containers } = this.#options.engine
    const found = await Promise.all(
      this.#viewed(names).map(async ({ name, containerId }) => {
        const driver = containerId === undefined ? undefined : await containers.logDriver(containerId)
        return driver === undefined || driver === readableDriver ? [] : [{ name, driver }]
      }),
    )
    return found.flat()
  }

  async #onContainer({ id, name }: { id: string; name: string }): Promise<void> {
    for (const view of this.#views.values()) {
      try {
        await view.addContainer(name, id)
      } catch (error) {
        this.#options.log.info({ reason: message(error) }, 'could not add a container to a view of logs')
      }
    }
  }
}
