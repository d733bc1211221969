import type { Duplex } from 'node:stream'
import type { Outcome, TerminalSource } from '../sessions'
import type { TerminalSize } from '../../shared/sessions'

/** A terminal in the machine. One stream carries the bytes of its pty in both directions. */
export function streamTerminal(terminal: {
  stream: Duplex
  resize(size: TerminalSize): Promise<void>
  /** Called at most once, after the stream has closed. Not called if Berth itself closes the terminal. */
  outcome(): Promise<Outcome>
  /** See `TerminalSource`. */
  program(): Promise<string | undefined>
  /** Ends the terminal's processes. Called at most once. */
  end(): Promise<void>
}): TerminalSource {
  const { stream } = terminal
  let closing: Promise<void> | undefined

  async function close(): Promise<void> {
    await terminal.end()
    stream.destroy()
  }

  // After an error the stream closes, and the outcome reports what happened.
  stream.on('error', () => undefined)
  return {
    start(sink) {
      stream.on('data', (chunk: Buffer) => {
        sink.bytes(chunk)
      })
      // The other side has ended its half of the stream. sshd keeps the channel open until Berth ends its own half too.
      stream.once('end', () => stream.end())
      stream.once('close', () => {
        if (closing !== undefined) sink.end({ exitCode: null, error: null })
        else
          void terminal.outcome().then((outcome) => {
            sink.end(outcome)
          })
      })
    },
    pause() {
      stream.pause()
    },
    resume() {
      stream.resume()
    },
    write(text) {
      if (stream.writable) stream.write(text)
    },
    resize: (size) => terminal.resize(size),
    program: () => terminal.program(),
    close() {
      closing ??= close()
      return closing
    },
  }
}
