import type { LogBatch, LogEntry } from '../../shared/sessions'
import { delay } from '../lib'
import { connectionError, isLost, pathPart, type EngineClient } from './client'
import { engineError } from './engine-errors'
import { FrameParser, type Frame } from './frames'
import { LogLines, RawLines, timestampOf } from './log-lines'
import { OpenLines } from './open-lines'
import type { OutputWatches } from './output-watches'

export interface LogOptions {
  /** Begin with this many of the last lines. */
  tail: number
  /** Begin after this position instead (see `logPositionSchema`). */
  after?: string | undefined
  /** Continue with new output until the container stops. */
  follow: boolean
  signal?: AbortSignal | undefined
}

/** The characters of one batch. The design asks for about 32 kB in one event. */
const batchLength = 32 * 1024

/** How often a followed log is opened again if no new message arrives in between. The pause is in milliseconds. */
const reopening = { attempts: 300, pause: 300 }

/** An unfinished line is shown after this many milliseconds without a message. Until then, its end may still arrive. */
const openLineDelay = 100
/** Milliseconds between two updates of an unfinished line. */
const openLinePause = 250

/**
 * A container's log in batches. The engine's stream is read only as fast as the caller takes the batches. If the caller
 * is slow, the connection's window fills and the engine waits. If the connection breaks or the engine restarts, a
 * followed log continues after its last message, without a gap or a repetition. A followed log also shows the
 * container's unfinished lines, as open entries. An abort ends the log without an error.
 * @throws BerthError container.not-found; the BerthErrors of {@link EngineClient}
 */
export async function* containerLogs(
  client: EngineClient,
  watches: OutputWatches,
  container: { id: string; tty: boolean },
  options: LogOptions,
): AsyncGenerator<LogBatch, void, undefined> {
  if (!options.follow) {
    yield* loggedLines(client, container, options, new LogLines())
    return
  }
  const lines = new LogLines()
  const wake = new WakeUp()
  const { lines: live, release } = watches.follow(container.id, () => {
    wake.ring()
  })
  const leaving = new AbortController()
  const signal = AbortSignal.any([leaving.signal, ...(options.signal === undefined ? [] : [options.signal])])
  const logged = loggedLines(client, container, { ...options, signal }, lines)
  try {
    yield* withOpenLines(logged, new OpenLines(lines, live), wake)
  } finally {
    release()
    // The log may be waiting for a message. It can return only after that wait is aborted.
    leaving.abort()
    await logged.return()
  }
}

/** Shows open lines whenever the log pauses. */
async function* withOpenLines(
  logged: AsyncIterator<LogBatch, void>,
  open: OpenLines,
  wake: WakeUp,
): AsyncGenerator<LogBatch, void, undefined> {
  // Show open lines after the first delay, even if nothing arrives: a line may have begun before this log was opened.
  let showAt = performance.now() + openLineDelay
  wake.ringIn(openLineDelay)
  let arrived: { value: IteratorResult<LogBatch, void> } | { error: unknown } | undefined
  const take = () => {
    arrived = undefined
    logged.next().then(
      (value) => {
        arrived = { value }
        wake.ring()
      },
      (error: unknown) => {
        arrived = { error }
        wake.ring()
      },
    )
  }
  take()
  for (;;) {
    await wake.next()
    if (arrived !== undefined && 'error' in arrived) throw arrived.error
    if (arrived?.value.done === true) break
    if (arrived !== undefined) {
      const { value: batch } = arrived.value
      open.replaced(batch.entries)
      showAt = performance.now() + openLineDelay
      if (batch.entries.length > 0) yield batch
      take()
    }
    const early = showAt - performance.now()
    if (early > 0) wake.ringIn(early)
    else {
      const entries = open.changes()
      if (entries.length > 0) {
        showAt = performance.now() + openLinePause
        yield { entries }
      }
    }
  }
  const entries = open.end()
  if (entries.length > 0) yield { entries }
}

/** An auto-reset event with a timer. */
class WakeUp {
  #rung = false
  #resolve: () => void = () => undefined
  #timer: NodeJS.Timeout | undefined

  ring(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#rung = true
    this.#resolve()
  }

  ringIn(milliseconds: number): void {
    this.#timer ??= setTimeout(() => {
      this.ring()
    }, milliseconds)
  }

  /** Resolves with the next ring, or immediately if there was one since the last call. */
  async next(): Promise<void> {
    if (!this.#rung)
      await new Promise<void>((resolve) => {
        this.#resolve = resolve
      })
    this.#rung = false
  }
}

async function* loggedLines(
  client: EngineClient,
  container: { id: string; tty: boolean },
  options: LogOptions,
  lines: LogLines,
): AsyncGenerator<LogBatch, void, undefined> {
  const { follow, signal } = options
  const position = new LogPosition(options.after)
  for (let attempt = 1; ; attempt += 1) {
    try {
      for await (const frames of messages(client, container, options, position)) {
        attempt = 0
        const entries = frames.flatMap((frame) => lines.push(frame))
        // A view that continues inside of a line would never get the beginning of the line.
        yield* batches(entries, lines.areWhole ? position.text : undefined)
      }
      yield* batches(lines.end(), position.text)
      return
    } catch (error) {
      if (signal?.aborted === true) return
      const reason = connectionError(error)
      if (!follow || attempt >= reopening.attempts || !isLost(reason))
        throw engineError(reason, { container: container.id })
      // If the signal ends the pause, the next attempt fails and this function returns.
      await delay(reopening.pause, signal).catch(() => undefined)
    }
  }
}

/** Yields the messages after `position`, and moves `position` forward. */
async function* messages(
  client: EngineClient,
  container: { id: string; tty: boolean },
  { tail, follow, signal }: LogOptions,
  position: LogPosition,
): AsyncGenerator<Frame[], void, undefined> {
  const { since } = position
  position.reopened()
  const response = await client.stream({
    method: 'GET',
    path: `/containers/${pathPart(container.id)}/logs`,
    query: {
      stdout: true,
      stderr: true,
      timestamps: true,
      ...(since === undefined ? { tail } : { since }),
      follow,
    },
    signal,
  })
  const parser = container.tty ? new RawLines() : new FrameParser()
  const isNew = (frame: Frame) => position.advance(frame)
  for await (const chunk of response) yield parser.push(chunk as Buffer).filter(isNew)
  if (parser instanceof RawLines) yield parser.end().filter(isNew)
}

/**
 * The position up to which a log was read. The engine can continue only from a timestamp, and several messages may have
 * the same timestamp. So this class also counts how many messages with the last timestamp were read.
 */
class LogPosition {
  #last: string | undefined
  #count = 0
  /** How many messages with the last timestamp the engine will send again. */
  #repeated = 0

  constructor(text?: string) {
    if (text === undefined) return
    const [timestamp, count] = text.split('#')
    this.#last = timestamp
    this.#count = Number(count)
  }

  /** See `logPositionSchema`. Undefined before the first message. */
  get text(): string | undefined {
    return this.#last === undefined ? undefined : `${this.#last}#${String(this.#count)}`
  }

  /**
   * The engine's parameter `since` for the rest of the log, in seconds with nine decimals. Undefined before the first
   * message.
   */
  get since(): string | undefined {
    if (this.#last === undefined) return undefined
    const [, fraction = ''] = /\.(\d+)/.exec(this.#last) ?? []
    return `${String(Math.floor(Date.parse(this.#last) / 1000))}.${fraction.padEnd(9, '0')}`
  }

  /** Call this whenever the log is opened, for the first time or again. */
  reopened(): void {
    this.#repeated = this.#count
  }

  /** Moves the position past a message. Returns false if the message was read before. */
  advance({ payload }: Frame): boolean {
    const timestamp = timestampOf(payload)
    if (timestamp === undefined) return true
    if (timestamp !== this.#last) {
      this.#last = timestamp
      this.#count = 0
      this.#repeated = 0
    } else if (this.#repeated > 0) {
      this.#repeated -= 1
      return false
    }
    this.#count += 1
    return true
  }
}

/**
 * `position` is the position after the last message. So only the last batch carries it, and that batch may be empty.
 */
function* batches(entries: LogEntry[], position: string | undefined): Generator<LogBatch> {
  let batch: LogEntry[] = []
  let length = 0
  for (const entry of entries) {
    batch.push(entry)
    length += entry.text.length + 1
    if (length < batchLength) continue
    yield { entries: batch }
    batch = []
    length = 0
  }
  yield { entries: batch, position }
}
