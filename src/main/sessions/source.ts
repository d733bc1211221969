import { BerthError, type BerthErrorData } from '../../shared/errors'
import type { LogBatch, TerminalSize } from '../../shared/sessions'

/** The content of a session event, before its cost is added. */
export type Payload = { type: 'output'; text: string } | ({ type: 'logs' } & LogBatch)

/** How a source ended. Both fields are null if the source was closed, or if a log ended without an error. */
export interface Outcome {
  exitCode: number | null
  error: BerthErrorData | null
}

export interface SourceSink {
  payload(payload: Payload): void
  /** Raw terminal output. The session decodes it. */
  bytes(chunk: Uint8Array): void
  /** Called at most once, as the last call. */
  end(outcome: Outcome): void
}

/**
 * The producer of a session's events. Delivers nothing before `start`. While paused, delivers only events that were
 * already in flight.
 */
export interface SessionSource {
  start(sink: SourceSink): void
  pause(): void
  resume(): void
  /**
   * Ends the source and its processes. Resolves when they have ended, or when Berth has given up on them. May be called
   * again.
   */
  close(): Promise<void>
}

export interface TerminalSource extends SessionSource {
  write(text: string): void
  resize(size: TerminalSize): Promise<void>
  /** The program that the shell waits for. Undefined if there is none, or if it is not known. */
  program(): Promise<string | undefined>
}

/**
 * A source that reads an async iterable. While paused, it does not ask for the next value. `open` gets a signal that
 * aborts when the session is closed. The iterable has to end then.
 */
export function iterableSource<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  toPayload: (value: T) => Payload,
): SessionSource {
  const closing = new AbortController()
  let done: Promise<void> | undefined
  let gate = Promise.resolve()
  let openGate = (): void => undefined

  async function run(sink: SourceSink): Promise<void> {
    try {
      for await (const value of open(closing.signal)) {
        if (closing.signal.aborted) break
        sink.payload(toPayload(value))
        await gate
      }
      sink.end({ exitCode: null, error: null })
    } catch (error) {
      sink.end({ exitCode: null, error: closing.signal.aborted ? null : BerthError.from(error).toData() })
    }
  }

  return {
    start(sink) {
      done = run(sink)
    },
    pause() {
      gate = new Promise((resolve) => {
        openGate = resolve
      })
    },
    resume() {
      openGate()
    },
    async close() {
      closing.abort()
      openGate()
      await done
    },
  }
}
