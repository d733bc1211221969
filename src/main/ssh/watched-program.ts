import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
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
 * @throws BerthError machine.connection-lost, machine.not-running; the signal's reason
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
  try {
    stream.write(privateFiles)
    if (signal.aborted) end()
    const exit = await readLines(stream, marker, program.onLine)
    signal.throwIfAborted()
    if (exit === undefined) throw new BerthError('machine.connection-lost')
    return exit
  } finally {
    signal.removeEventListener('abort', end)
    stream.destroy()
  }
}

function script({ command, folder, resultFile }: WatchedProgram, bytes: number, marker: string): string {
  const place = shellQuoted(folder)
  return [
    'exec 3<&0; umask 077; cd /',
    `mkdir -p ${place} && head -c ${bytes} <&3 | tar x -C ${place}`,
    `setsid ${shellCommand(command)} 2>&1 </dev/null 3<&- & program=$!`,
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
 * Reads the lines of the program. Resolves with its exit, which the line with the marker reports. Resolves with
 * undefined if the stream ends without one.
 */
async function readLines(
  stream: Duplex,
  marker: string,
  onLine: WatchedProgram['onLine'],
): Promise<WatchedExit | undefined> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const [, code, result] = line.startsWith(marker) ? (/^\S+ (\d+) (.*)$/.exec(line) ?? []) : []
    if (code !== undefined && result !== undefined) return { code: Number(code), result }
    await onLine(line)
  }
  return undefined
}
