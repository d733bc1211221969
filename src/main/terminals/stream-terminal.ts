import type { Duplex } from 'node:stream'
import type { Outcome, TerminalSource } from '../sessions'
import type { TerminalSize } from '../../shared/sessions'

/** A terminal in the machine: its pty's bytes come and go over one stream. */
export function streamTerminal(terminal: {
  stream: Duplex
  resize(size: TerminalSize): Promise<void>
  /** Asked once the stream has closed. */
  outcome(): Promise<Outcome>
  /** Ends the processes behind it. Called at most once. */
  end(): Promise<void>
}): TerminalSource {
  const { stream } = terminal
  let closing: Promise<void> | undefined

  async function close(): Promise<void> {
    await terminal.end()
    stream.destroy()
  }

  // An error is followed by the close, after which the outcome says what happened.
  stream.on('error', () => undefined)
  return {
    start(sink) {
      stream.on('data', (chunk: Buffer) => {
        sink.bytes(chunk)
      })
      // The engine has no more to say, yet sshd keeps its half open until ours is closed.
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
    close() {
      closing ??= close()
      return closing
    },
  }
}
