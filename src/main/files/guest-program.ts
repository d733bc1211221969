import { type Duplex, Transform } from 'node:stream'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { fileEntrySchema, type FileEntry, type FileStamp, type FileType } from '../../shared/files'
import { firstLine } from '../lib'
import type { CommandOptions, SshLink } from '../ssh'
import { GuestRefusal } from './file-errors'

/** The program in the machine: see `vm-assets/agent/files`. */
const program = '/usr/lib/berth/files'

export type FilesLink = Pick<SshLink, 'exec' | 'openCommand'>

export interface GuestCommand {
  verb: 'list' | 'watch' | 'read' | 'tar' | 'write' | 'mkdir' | 'rename' | 'remove' | 'clone' | 'measure'
  /** Arguments of the form KEY=VALUE. They contain no characters that are special to a shell. */
  args: string[]
}

/** The output of a command after its first line. */
export interface GuestOutput {
  /** The first line without `ok`. */
  answer: string
  stream: Duplex
}

function commandLine({ verb, args }: GuestCommand): string {
  return [program, verb, ...args].join(' ')
}

/**
 * Runs a command until it ends. Returns the last line of its answer without `ok`.
 * @throws GuestRefusal; as `SshLink.exec`
 */
export async function runGuest(
  link: FilesLink,
  command: GuestCommand,
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await link.exec(commandLine(command), options)
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  if (last.startsWith('error ')) throw new GuestRefusal(last)
  if (code !== 0 || !/^ok\b/.test(last)) throw unexpected(`${String(code)} ${last} ${stderr}`)
  return last.slice(3)
}

/**
 * Starts a command and waits for the first line of its output. The caller must read or destroy the stream.
 * @throws GuestRefusal; as `SshLink.openCommand`
 */
export async function openGuest(
  link: FilesLink,
  command: GuestCommand,
  signal?: AbortSignal,
): Promise<GuestOutput> {
  // A watch has no end, and must not keep the machine awake.
  const stream = await link.openCommand(commandLine(command), { keepsAwake: command.verb !== 'watch' })
  const abort = (): void => {
    stream.destroy()
  }
  signal?.addEventListener('abort', abort, { once: true })
  stream.once('close', () => signal?.removeEventListener('abort', abort))
  if (signal?.aborted === true) abort()
  try {
    const text = await firstLine(stream)
    if (!text.endsWith('\n')) throw stream.errored ?? unexpected(text)
    const line = text.slice(0, -1)
    if (line.startsWith('error ')) throw new GuestRefusal(line)
    if (!/^ok\b/.test(line)) throw unexpected(line)
    return { answer: line.slice(3), stream }
  } catch (error) {
    stream.destroy()
    throw error
  }
}

/** The lines of a stream of ASCII text, in batches. Destroys the stream at the end. */
export async function* lineBatches(stream: Duplex): AsyncGenerator<string[], void> {
  let rest = ''
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const lines = (rest + chunk.toString('latin1')).split('\n')
      rest = lines.pop() ?? ''
      if (lines.length > 0) yield lines
    }
  } finally {
    stream.destroy()
  }
}

/** Passes an archive on without its last byte. This byte is `+` if the archive is complete. Otherwise fails. */
export function completeArchive(): Transform {
  let held: number | undefined
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (held !== undefined) this.push(Buffer.of(held))
      held = chunk.at(-1)
      if (chunk.length > 1) this.push(chunk.subarray(0, -1))
      done()
    },
    flush(done) {
      done(held === 43 ? null : incomplete())
    },
  })
}

/** Passes a file on. Fails if the file is shorter than announced. */
export function completeFile(bytes: number): Transform {
  let missing = bytes
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      missing -= chunk.length
      done(null, chunk)
    },
    flush(done) {
      done(missing === 0 ? null : incomplete())
    },
  })
}

function incomplete(): BerthError {
  return new BerthError('files.cut-off')
}

const types = new Map<string, FileType>([
  ['f', 'file'],
  ['d', 'folder'],
  ['l', 'link'],
  ['p', 'pipe'],
  ['s', 'socket'],
  ['b', 'block'],
  ['c', 'character'],
])
const changes = new Map<string, FileEntry['change']>([
  ['A', 'added'],
  ['C', 'changed'],
  ['D', 'deleted'],
])

/** @throws BerthError internal */
export function parseEntry(line: string): FileEntry {
  const [type = '', mode = '', user, group, size, changedAt, change = '', name, link, linkType = ''] =
    line.split(' ')
  const parsed = fileEntrySchema.safeParse({
    name,
    type: types.get(type),
    mode: Number.parseInt(mode, 8),
    user: Number(user),
    group: Number(group),
    // A sparse file may be larger than any number that JavaScript has exactly.
    size: Math.min(Number(size), Number.MAX_SAFE_INTEGER),
    changedAt,
    ...(changes.has(change) ? { change: changes.get(change) } : {}),
    ...(link === undefined ? {} : { link }),
    ...(types.has(linkType) ? { linkType: types.get(linkType) } : {}),
  })
  if (!parsed.success) throw unexpected(`${line} ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

/** Parses the attributes that begin the output of `read`. */
export function parseStamp(answer: string): FileStamp {
  const { size, changedAt } = parseEntry(`${answer} - file`)
  return { size, changedAt }
}

function unexpected(detail: string): BerthError {
  return new BerthError('internal', {}, { detail: `unexpected answer of ${program}: ${detail}` })
}
