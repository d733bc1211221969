import type { LogEntry } from '../../shared/sessions'
import { delay } from '../lib'
import { connectionError, isLost, pathPart, type EngineClient } from './client'
import { engineError } from './engine-errors'
import { FrameParser, type Frame } from './frames'
import { LogLines, RawLines, timestampOf } from './log-lines'

export interface LogOptions {
  /** Begin with this many of the last lines. */
  tail: number
  /** Continue with new output until the container stops. */
  follow: boolean
  signal?: AbortSignal | undefined
}

/** Characters of one batch (design: about 32 kB an event). */
const batchLength = 32 * 1024

/** How often a followed log is opened again without a new message. The pause is in milliseconds. */
const reopening = { attempts: 300, pause: 300 }

/**
 * A container's log in batches. The engine is read only as fast as the caller takes them: otherwise the connection's
 * window fills and the engine waits. If the connection breaks or the engine restarts, a followed log continues behind
 * its last message, without a gap or a repetition. An abort ends it without an error.
 * @throws BerthError container.not-found, engine.unreachable, machine.connection-lost
 */
export async function* containerLogs(
  client: EngineClient,
  container: { id: string; tty: boolean },
  options: LogOptions,
): AsyncGenerator<LogEntry[], void, undefined> {
  const { follow, signal } = options
  const lines = new LogLines()
  const position = new LogPosition()
  for (let attempt = 1; ; attempt += 1) {
    try {
      for await (const frames of messages(client, container, options, position)) {
        attempt = 0
        yield* batches(frames.flatMap((frame) => lines.push(frame)))
      }
      yield* batches(lines.end())
      return
    } catch (error) {
      if (signal?.aborted === true) return
      const reason = connectionError(error)
      if (!follow || attempt >= reopening.attempts || !isLost(reason))
        throw engineError(reason, { container: container.id })
      // After an abort the next attempt fails.
      await delay(reopening.pause, signal).catch(() => undefined)
    }
  }
}

/** The messages behind `position`, which moves along. */
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
 * How far a log has been read. The engine can continue from a time. Several messages may have the same time, so this
 * counts how many of the last time have been read.
 */
class LogPosition {
  #last: string | undefined
  #count = 0
  /** Messages of the last timestamp that the engine sends again. */
  #repeated = 0

  /** The engine's `since` for the rest, in seconds with nine decimals. Undefined before the first message. */
  get since(): string | undefined {
    if (this.#last === undefined) return undefined
    const [, fraction = ''] = /\.(\d+)/.exec(this.#last) ?? []
    return `${String(Math.floor(Date.parse(this.#last) / 1000))}.${fraction.padEnd(9, '0')}`
  }

  /** The log is opened again, from `since`. */
  reopened(): void {
    this.#repeated = this.#count
  }

  /** Moves behind a message. Returns false if it was read before. */
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

function* batches(entries: LogEntry[]): Generator<LogEntry[]> {
  let batch: LogEntry[] = []
  let length = 0
  for (const entry of entries) {
    batch.push(entry)
    length += entry.text.length + 1
    if (length < batchLength) continue
    yield batch
    batch = []
    length = 0
  }
  if (batch.length > 0) yield batch
}
