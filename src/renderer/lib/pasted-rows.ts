import { z } from 'zod'
import type { RunForm } from './run-form'

// These functions read pasted text in the notation of the Docker CLI (`-e FOO=bar`, `8080:80`, `~/app:/app:ro`) or of a
// .env file. They return rows for the run dialog.

const addressSchema = z.ipv4().or(z.ipv6())

type Row<List extends 'environment' | 'ports' | 'binds' | 'volumes'> = RunForm[List][number]

/** The optional beginning of a line: an option of the Docker CLI, the dash of a YAML list, or `export`. */
const prefix = /^\s*(?:(?:-[evp]|--(?:env|volume|publish)|-)[\s=]\s*)?(?:export\s+)?/

/** Matches the beginning of a line with a variable, up to the value. */
const variable = new RegExp(`${prefix.source}([^\\s=#'"][^\\s=]*)[ \\t]*=`)

function withoutPrefix(line: string): string {
  return line.replace(prefix, '').trim()
}

/** Reads one row from each line. Returns undefined if a line is invalid, because then the text is something else. */
function everyLine<T>(text: string, read: (line: string) => T | undefined): T[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const rows = lines.flatMap((line) => read(withoutPrefix(line).replace(/^(["'])(.*)\1$/, '$2')) ?? [])
  return rows.length > 0 && rows.length === lines.length ? rows : undefined
}

/** Reads `[ADDRESS:]HOST:CONTAINER[/PROTOCOL]`. Both ports may be ranges. */
export function pastedPorts(text: string): Row<'ports'>[] | undefined {
  return everyLine(text, (line) => {
    const match = /^(?:([\d.]+|\[[\da-f:]+\]):)?(\d+(?:-\d+)?):(\d+(?:-\d+)?)(?:\/(tcp|udp))?$/i.exec(line)
    if (match === null) return undefined
    const [, written = '', hostPort = '', containerPort = '', protocol = 'tcp'] = match
    const address = written.replace(/^\[|\]$/g, '')
    if (address !== '' && !addressSchema.safeParse(address).success) return undefined
    return {
      hostPort,
      containerPort,
      protocol: protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp',
      reach: reachOf(address),
    }
  })
}

/** Without an address, Berth opens the port to this computer only. Berth does the same for `docker run`. */
function reachOf(address: string): string {
  if (address === '' || address === '127.0.0.1') return 'computer'
  return address === '0.0.0.0' ? 'network' : address
}

/** Reads `FOLDER:PATH[:OPTIONS]`. The folder may begin with a Windows drive. */
export function pastedBinds(text: string): Row<'binds'>[] | undefined {
  return everyLine(text, (line) => {
    const [, hostPath, path, options] =
      /^((?:[a-z]:(?=[\\/]))?[^:]+):(\/[^:]*)(?::([\w,]*))?$/i.exec(line) ?? []
    return hostPath === undefined || path === undefined
      ? undefined
      : { hostPath, path, readOnly: isReadOnly(options) }
  })
}

/** Reads `VOLUME:PATH[:OPTIONS]`. */
export function pastedVolumes(text: string): Row<'volumes'>[] | undefined {
  return everyLine(text, (line) => {
    const [, volume, path, options] = /^([a-z\d][\w.-]+):(\/[^:]*)(?::([\w,]*))?$/i.exec(line) ?? []
    return volume === undefined || path === undefined
      ? undefined
      : { volume, path, readOnly: isReadOnly(options) }
  })
}

function isReadOnly(options = ''): boolean {
  return options.split(',').includes('ro')
}

/**
 * Reads one variable (`FOO=bar`) or a .env file. The rules are those of docker compose: comments, `export`, quotes, and
 * quoted values with several lines. A PEM block needs no quotes. Variables in values are not expanded. Returns
 * undefined if the first line is not a variable. Any later line that is not a variable becomes a name without a value.
 * The form marks this name as invalid if it contains a space or `=`.
 */
export function pastedVariables(text: string): Row<'environment'>[] | undefined {
  const rows: Row<'environment'>[] = []
  let rest = text.replaceAll('\r\n', '\n')
  while (rest !== '') {
    const [begin, name] = variable.exec(rest) ?? []
    if (begin !== undefined && name !== undefined) {
      const { value, length } = readValue(rest.slice(begin.length))
      rows.push({ name, value })
      rest = rest.slice(begin.length + length)
      continue
    }
    const [line = ''] = rest.split('\n', 1)
    const isComment = /^\s*(?:#|$)/.test(line)
    if (!isComment && rows.length === 0) return undefined
    if (!isComment) rows.push({ name: withoutPrefix(line), value: '' })
    rest = rest.slice(line.length + 1)
  }
  return rows.length > 0 ? rows : undefined
}

/** Reads the value at the beginning of a text. `length` is the number of characters up to the next line. */
function readValue(text: string): { value: string; length: number } {
  const quoted =
    /^[ \t]*'([^']*)'[ \t]*(?:#.*)?(?:\n|$)/.exec(text) ??
    /^[ \t]*("(?:[^"\\]|\\[^])*")[ \t]*(?:#.*)?(?:\n|$)/.exec(text)
  if (quoted !== null) {
    const [{ length }, content = ''] = quoted
    return { value: content.startsWith('"') ? unescaped(content.slice(1, -1)) : content, length }
  }
  const pem = /^[ \t]*(-----BEGIN ([^-\n]+)-----\n[^]*?\n-----END \2-----)[ \t]*(?:\n|$)/.exec(text)
  if (pem !== null) return { value: pem[1] ?? '', length: pem[0].length }
  const [line = ''] = text.split('\n', 1)
  const value = line.replace(/(?:^|\s)#.*$/, '').trim()
  return { value, length: Math.min(line.length + 1, text.length) }
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' }

function unescaped(text: string): string {
  return text.replace(/\\([^])/g, (_, character: string) => escapes[character] ?? character)
}
