import { BerthError } from '../../shared/errors'
import type { LogEntry } from '../../shared/sessions'
import { delay } from '../lib'
import { connectionError, pathPart, type EngineClient } from './client'
import { engineError } from './engine-errors'
import { FrameParser, type Frame } from './frames'
import { LogLines, RawLines } from './log-lines'
import { LogPosition } from './log-position'

export interface LogOptions {
  /** How many of the last lines to begin with. */
  tail: number
  /** Goes on with what the container writes from now on; ends when it stops. */
  follow: boolean
  signal?: AbortSignal | undefined
}

/** Characters of one batch (design: about 32 kB an event). */
const batchLength = 32 * 1024

/** How often a log that is followed is opened again without a new message, and the pause between, milliseconds. */
const reopening = { attempts: 300, pause: 300 }

/**
 * A container's log. The engine is read only as fast as the caller takes batches: while nobody pulls, the
 * connection's window fills and the engine waits. A log that is followed goes on behind its last message when the
 * connection breaks or the engine restarts: nothing is missing and nothing comes twice. An abort ends it without an
 * error.
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
      await delay(reopening.pause, signal).catch(ignoreAbort)
    }
  }
}

/** The messages behind `position`, which moves with them. */
async function* messages(
  client: EngineClient,
  container: { id: string; tty: boolean },
  { tail, follow, signal }: LogOptions,
  position: LogPosition,
): AsyncGenerator<Frame[], void, undefined> {
  const { since } = position
  position.goOn()
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
  const isNew = (frame: Frame) => position.take(frame)
  for await (const chunk of response) yield parser.push(chunk as Buffer).filter(isNew)
  if (parser instanceof RawLines) yield parser.end().filter(isNew)
}

function ignoreAbort(): void {
  // The next attempt fails with it.
}

function isLost(error: Error): boolean {
  return (
    error instanceof BerthError &&
    (error.code === 'engine.unreachable' || error.code === 'machine.connection-lost')
  )
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
