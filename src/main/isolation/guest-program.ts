import type { Duplex } from 'node:stream'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { showFileName } from '../../shared/file-paths'
import { firstLine } from '../lib'
import type { SshLink } from '../ssh'

/** The program in the machine: see `vm-assets/agent/isolation`. */
const program = '/usr/lib/berth/isolation'

export type IsolationLink = Pick<SshLink, 'openCommand'>

/** An encoded text, such as a path. The program leaves spaces as they are, which an encoded text does not have. */
export const encodedText = z.string().transform((text) => text.replaceAll(' ', '%20'))

/** A sparse file may be larger than any number that JavaScript has exactly. */
export const fileBytes = z
  .number()
  .nonnegative()
  .transform((size) => Math.min(size, Number.MAX_SAFE_INTEGER))

/** The longest line that Berth takes from the machine, in characters. */
const longestLine = 4_000_000

/** What a command is about, for the texts of its errors. */
export interface IsolationSubject {
  container?: string
  /** For a command about an image. */
  image?: string
  /** The process in the machine, for a command about one process. */
  pid?: number
  /** The encoded path. */
  path?: string
}

/**
 * Starts a command and waits for the first line of its output. The words contain no characters that are special to a
 * shell. The caller must read or destroy the stream.
 * @throws BerthError container.not-running, container.process-gone, image.not-found, image.layers-unsupported,
 * isolation.unsupported, isolation.no-trace, files.link-refused, files.not-found, files.name-too-long, internal;
 * machine.connection-lost, machine.not-running
 */
export async function openIsolation(
  link: IsolationLink,
  words: readonly string[],
  { subject, signal }: { subject: IsolationSubject; signal: AbortSignal },
): Promise<Duplex> {
  const stream = await link.openCommand([program, ...words].join(' '))
  const abort = (): void => {
    stream.destroy()
  }
  signal.addEventListener('abort', abort, { once: true })
  stream.once('close', () => {
    signal.removeEventListener('abort', abort)
  })
  if (signal.aborted) abort()
  try {
    const line = (await firstLine(stream)).trim()
    signal.throwIfAborted()
    if (stream.errored !== null) throw stream.errored
    if (line !== 'ok') throw refusal(line, subject)
    return stream
  } catch (error) {
    stream.destroy()
    throw error
  }
}

function refusal(line: string, { container = '', image, pid, path = '' }: IsolationSubject): BerthError {
  switch (line) {
    // The shell has not found the program: the guest image is older than the program.
    case '':
      return new BerthError(image === undefined ? 'isolation.unsupported' : 'image.layers-unsupported')
    case 'error not-found':
      return new BerthError('files.not-found', { path: showFileName(path) })
    case 'error gone':
      if (image !== undefined) return new BerthError('image.not-found', { image })
      return pid === undefined
        ? new BerthError('container.not-running', { container })
        : new BerthError('container.process-gone', { pid })
    case 'error no-trace':
      return new BerthError('isolation.no-trace')
    case 'error link-refused':
      return new BerthError('files.link-refused', { path: showFileName(path) })
    case 'error name-too-long':
      return new BerthError('files.name-too-long', { path: showFileName(path) })
    // The program is older than the commands for images.
    case 'error usage':
      if (image !== undefined) return new BerthError('image.layers-unsupported')
  }
  return new BerthError('internal', {}, { detail: `unexpected answer of ${program}: ${line}` })
}

/**
 * Reads the JSON of each line. Reads on only while the caller asks for more. Destroys the stream at the end.
 * @throws BerthError internal if a line is not valid
 */
export async function* readJson<T>(stream: Duplex, schema: z.ZodType<T>): AsyncGenerator<T, void> {
  let rest = ''
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const lines = (rest + chunk.toString('latin1')).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine) throw invalid('a line is too long')
      for (const line of lines) yield parse(line, schema)
    }
  } finally {
    stream.destroy()
  }
}

/**
 * Runs a command that answers with one line.
 * @throws as {@link openIsolation} and {@link readJson}; the signal's reason
 */
export async function readAnswer<T>(
  link: IsolationLink,
  words: readonly string[],
  { schema, subject, signal }: { schema: z.ZodType<T>; subject: IsolationSubject; signal: AbortSignal },
): Promise<T> {
  signal.throwIfAborted()
  const stream = await openIsolation(link, words, { subject, signal })
  try {
    for await (const answer of readJson(stream, schema)) return answer
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
  signal.throwIfAborted()
  throw new BerthError('machine.connection-lost')
}

function parse<T>(line: string, schema: z.ZodType<T>): T {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw invalid(line.slice(0, 200))
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error))
  return parsed.data
}

/** The error for output that the program never has. */
export function invalid(detail: string): BerthError {
  return new BerthError('internal', {}, { detail: `invalid output of ${program}: ${detail}` })
}

/** Decodes percent-encoded bytes. Bytes that are not UTF-8 become the replacement character. */
export function decodeText(text: string): string {
  const bytes = text.replace(/%([0-9A-F]{2})/g, (_match, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
