import type { SourceSink, TerminalSource } from '../../src/main/sessions/source'

/** A terminal without a program. The test acts as the program. */
export class FakeTerminal implements TerminalSource {
  sink: SourceSink | undefined
  readonly written: string[] = []
  readonly sizes: { columns: number; rows: number }[] = []
  paused = false
  closed = false
  /** The program in the foreground. */
  foreground: string | undefined

  start(sink: SourceSink): void {
    this.sink = sink
  }
  print(text: string): void {
    this.sink?.bytes(Buffer.from(text))
  }
  exit(exitCode: number): void {
    this.sink?.end({ exitCode, error: null })
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
  }
  write(text: string): void {
    this.written.push(text)
  }
  resize(size: { columns: number; rows: number }): Promise<void> {
    this.sizes.push(size)
    return Promise.resolve()
  }
  program(): Promise<string | undefined> {
    return Promise.resolve(this.foreground)
  }
  close(): Promise<void> {
    this.closed = true
    this.sink?.end({ exitCode: null, error: null })
    return Promise.resolve()
  }
}
