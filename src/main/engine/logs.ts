import type { LogEntry } from '../../shared/sessions'
import { connectionError, pathPart, type EngineClient } from './client'
import { engineError } from './engine-errors'
import { FrameParser } from './frames'
import { LogLines, RawLines } from './log-lines'

export interface LogOptions {
  /** How many of the last lines to begin with. */
  tail: number
  /** Goes on with what the container writes from now on; ends when it stops. */
  follow: boolean
  signal?: AbortSignal | undefined
}

/** Characters of one batch (design: about 32 kB an event). */
const batchLength = 32 * 1024

/**
 * A container's log. The engine is read only as fast as the caller takes batches: while nobody pulls, the
 * connection's window fills and the engine waits. An abort ends it without an error.
 */
export async function* containerLogs(
  client: EngineClient,
  container: { id: string; tty: boolean },
  { tail, follow, signal }: LogOptions,
): AsyncGenerator<LogEntry[], void, undefined> {
  try {
    const response = await client.stream({
      method: 'GET',
      path: `/containers/${pathPart(container.id)}/logs`,
      query: { stdout: true, stderr: true, timestamps: true, tail, follow },
      signal,
    })
    const parser = container.tty ? new RawLines() : new FrameParser()
    const lines = new LogLines()
    for await (const chunk of response)
      yield* batches(parser.push(chunk as Buffer).flatMap((frame) => lines.push(frame)))
    const last = parser instanceof RawLines ? parser.end() : []
    yield* batches([...last.flatMap((frame) => lines.push(frame)), ...lines.end()])
  } catch (error) {
    if (signal?.aborted === true) return
    throw engineError(connectionError(error), { container: container.id })
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
