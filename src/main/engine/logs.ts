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

/** The characters of one batch. The design asks for about 32 kB in one event. */
const batchLength = 32 * 1024

/** How often a followed log is opened again if no new message arrives in between. The pause is in milliseconds. */
const reopening = { attempts: 300, pause: 300 }

/**
 * A container's log in batches. The engine's stream is read only as fast as the caller takes the batches. If the caller
 * is slow, the connection's window fills and the engine waits. If the connection breaks or the engine restarts, a
 * followed log continues after its last message, without a gap or a repetition. An abort ends the log without an error.
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
 * The position up to which a log was read. The engine can continue only from a time, and several messages may have the
 * same time. So this class also counts the messages that it has read of the last time.
 */
class LogPosition {
  #last: string | undefined
  #count = 0
  /** How many messages of the last timestamp the engine will send again. */
  #repeated = 0

  /**
   * The engine's parameter `since` for the rest of the log, in seconds with nine decimals. Undefined before the first
   * message.
   */
  get since(): string | undefined {
    if (this.#last === undefined) return undefined
    const [, fraction = ''] = /\.(\d+)/.exec(this.#last) ?? []
    return `${String(Math.floor(Date.parse(this.#last) / 1000))}.${fraction.padEnd(9, '0')}`
  }

  /** Call this when the log is opened again, from `since`. */
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
