import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Duplex, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { BerthError } from '../../shared/errors'
import { shellCommand, shellQuoted } from '../lib'
import type { SshLink } from './ssh-link'

/** A program in the machine that ends when Berth no longer wants it, or can no longer reach it. */
export interface WatchedProgram {
  /** The program and its arguments. Anybody in the machine can read them, so they hold no secrets. */
  command: readonly string[]
  /** A folder in the machine's memory. It exists, with the private files, while the program runs. */
  folder: string
  /** The program's secrets and logins, by the names of their files. */
  privateFiles: ReadonlyMap<string, string>
  /** The name of a file in the folder, which the program may write. `result` is its content. */
  resultFile?: string
  /**
   * Writes the program's standard input and ends it. Without this function, the standard input is empty. A rejection
   * ends the program, before its input ends. The program may end without reading all of it: then the stream closes, and
   * the signal aborts.
   */
  input?: (to: Writable, signal: AbortSignal) => Promise<void>
  /** Called with each line that the program prints. The program waits while the promise is pending. */
  onLine: (line: string) => void | Promise<void>
  /** An abort ends the program. */
  signal: AbortSignal
}

export interface WatchedExit {
  code: number
  /** The content of the result file. Empty if the program has not written it. */
  result: string
}

/** Seconds from SIGTERM to SIGKILL. */
const graceSeconds = 10

/**
 * Runs a program in the machine to its end. Its current folder is `/`. The standard input of its script carries a tar
 * with the private files, and then stays open. When it ends, because the signal has aborted or the connection has
 * broken, a watcher in the machine ends the program. The program has a process group of its own, so that its child
 * processes end with it. In every case, the script removes the folder.
 * @throws BerthError machine.connection-lost, machine.not-running; the signal's reason; the error of `input`
 */
export async function runWatched(
  link: Pick<SshLink, 'openCommand'>,
  program: WatchedProgram,
): Promise<WatchedExit> {
  const { signal } = program
  signal.throwIfAborted()
  const privateFiles = await packed(program.privateFiles)
  // A program may print any line, so it must not know the line that reports its end.
  const marker = randomUUID()
  const stream = await link.openCommand(`sh -c ${shellQuoted(script(program, privateFiles.length, marker))}`)
  const end = (): void => void stream.end()
  signal.addEventListener('abort', end, { once: true })
  const input = new ProgramInput(link, program, end)
  try {
    stream.write(privateFiles)
    if (signal.aborted) end()
    const exit = await readLines(stream, {
      marker,
      onLine: program.onLine,
      onReady: () => {
        input.open()
      },
    })
    await input.close()
    signal.throwIfAborted()
    if (input.failure !== undefined) throw input.failure
    if (exit === undefined) throw new BerthError('machine.connection-lost')
    return exit
  } finally {
    signal.removeEventListener('abort', end)
    await input.close()
    stream.destroy()
  }
}

/**
 * The standard input of a program. It has a channel of its own into a pipe in the program's folder, because the
 * standard input of the script has to stay open.
 */
class ProgramInput {
  readonly #link: Pick<SshLink, 'openCommand'>
  readonly #program: WatchedProgram
  readonly #endProgram: () => void
  readonly #closing = new AbortController()
  #sending: Promise<void> | undefined
  failure: BerthError | undefined

  constructor(link: Pick<SshLink, 'openCommand'>, program: WatchedProgram, endProgram: () => void) {
    this.#link = link
    this.#program = program
    this.#endProgram = endProgram
  }

  /** Begins to write. Call this when the pipe exists. */
  open(): void {
    this.#sending ??= this.#send()
  }

  /** Call this when the program has ended. Resolves when nothing is written any more. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#sending
  }

  async #send(): Promise<void> {
    const { input, folder } = this.#program
    if (input === undefined) return
    let channel: Duplex | undefined
    try {
      channel = await this.#link.openCommand(`exec cat > ${shellQuoted(pipeIn(folder))}`)
      channel.resume()
      await input(inputOf(channel), this.#closing.signal)
    } catch (error) {
      // If the program does not read on, its exit code says why.
      if (this.#closing.signal.aborted || channel?.closed === true) return
      this.failure = BerthError.from(error)
      this.#endProgram()
    } finally {
      if (!this.#closing.signal.aborted) await once(this.#closing.signal, 'abort')
      channel?.destroy()
    }
  }
}

/**
 * A stream into a channel. If it is destroyed, the channel stays open. Otherwise the program would read an incomplete
 * input to its end, and take it for complete.
 */
function inputOf(channel: Duplex): Writable {
  const input = new Writable({
    write: (chunk, _encoding, done) => {
      if (channel.write(chunk)) done()
      else channel.once('drain', done)
    },
    final: (done) => void channel.end(done),
  })
  channel.on('error', () => undefined)
  channel.once('close', () => input.destroy())
  return input
}

function pipeIn(folder: string): string {
  return `${folder}/input`
}

function script(
  { command, folder, resultFile, input }: WatchedProgram,
  bytes: number,
  marker: string,
): string {
  const place = shellQuoted(folder)
  const pipe = shellQuoted(pipeIn(folder))
  return [
    'exec 3<&0; umask 077; cd /',
    `mkdir -p ${place} && head -c ${bytes} <&3 | tar x -C ${place}`,
    ...(input === undefined ? [] : [`mkfifo ${pipe}`, String.raw`printf '\n${marker} ready\n'`]),
    `setsid ${shellCommand(command)} 2>&1 <${input === undefined ? '/dev/null' : pipe} 3<&- & program=$!`,
    // An immediate end may come before `setsid` has made the group.
    `(cat <&3; kill -TERM -$program || kill $program; sleep ${graceSeconds}; kill -KILL -$program) >/dev/null 2>&1 &`,
    'watcher=$!',
    'wait $program; code=$?',
    'kill $watcher 2>/dev/null',
    // A child process may still run if the program has ended without it.
    'kill -KILL -$program 2>/dev/null',
    resultFile === undefined
      ? 'result='
      : `result=$(cat ${shellQuoted(`${folder}/${resultFile}`)} 2>/dev/null)`,
    // Without a reader, a program that opens the pipe to write would wait for one forever.
    ...(input === undefined ? [] : [`exec 4<>${pipe}`]),
    `rm -rf ${place}`,
    String.raw`printf '\n${marker} %d %s\n' $code "$result"`,
  ].join('\n')
}

function packed(files: ReadonlyMap<string, string>): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of files) archive.entry({ name, mode: 0o600 }, content)
  archive.finalize()
  return buffer(archive)
}

/**
 * Reads the lines of the program. Lines with the marker report that the program can read its input, and its exit.
 * Resolves with the exit, or with undefined if the stream ends without one.
 */
async function readLines(
  stream: Duplex,
  { marker, onLine, onReady }: { marker: string; onLine: WatchedProgram['onLine']; onReady: () => void },
): Promise<WatchedExit | undefined> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const [, code, result] = line.startsWith(marker) ? (/^\S+ (\d+) (.*)$/.exec(line) ?? []) : []
    if (code !== undefined && result !== undefined) return { code: Number(code), result }
    if (line === `${marker} ready`) onReady()
    else await onLine(line)
  }
  return undefined
}
