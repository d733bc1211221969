import { z } from 'zod'
import { encodeFilePath } from '../../shared/file-paths'
import {
  type MountPoint,
  type OpenFiles,
  type Rights,
  seccompModes,
  socketKinds,
} from '../../shared/isolation'
import { decodeText, encodedText, invalid } from './guest-program'

/** Berth shows at most this many mounts of a container. */
const mountLimit = 500

/**
 * Reads lines of `/proc/PID/status` (proc(5)).
 * @throws BerthError internal if a user, a group or a set of capabilities is missing: a process without a set is not a
 * process without capabilities
 */
export function parseRights(status: string, label: string): Rights {
  const value = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? ''
  // The second number is the one that counts for access.
  const effectiveId = (name: string) => {
    const [, id] = /^\d+\s+(\d+)/.exec(value(name)) ?? []
    if (id === undefined) throw invalid(`no ${name} in the status of a process`)
    return Number(id)
  }
  const capabilities = (name: string) => {
    const found = capabilitySet(value(name))
    if (found === undefined) throw invalid(`no ${name} in the status of a process`)
    return found
  }
  return {
    user: effectiveId('Uid'),
    group: effectiveId('Gid'),
    effective: capabilities('CapEff'),
    bounding: capabilities('CapBnd'),
    ambient: capabilities('CapAmb'),
    noNewPrivileges: value('NoNewPrivs') === '1',
    seccomp: seccompModes[Number(value('Seccomp'))] ?? 'off',
    seccompFilters: Number(value('Seccomp_filters')) || 0,
    label: label.replaceAll('\0', '').trim(),
  }
}

/** Turns the kernel's hexadecimal bits into the numbers of the capabilities. Undefined if the text is not such bits. */
function capabilitySet(hexadecimal: string): number[] | undefined {
  if (!/^[0-9a-f]{1,16}$/.test(hexadecimal)) return undefined
  const bits = BigInt(`0x${hexadecimal}`)
  return Array.from({ length: 64 }, (_, number) => number).filter((number) => (bits >> BigInt(number)) & 1n)
}

/** Reads `/proc/PID/mountinfo` (proc(5)). A mount that hides an earlier one at the same place replaces it. */
export function parseMounts(text: string): MountPoint[] {
  const found = new Map<string, MountPoint>()
  // The last line is empty, or cut off.
  for (const line of text.split('\n').slice(0, -1)) {
    const [head = '', tail = ''] = line.split(' - ')
    const [, , , root, place, options = ''] = head.split(' ')
    const [type] = tail.split(' ')
    if (root === undefined || place === undefined || type === undefined) continue
    const path = unescaped(place)
    if (!found.has(path) && found.size >= mountLimit) continue
    found.delete(path)
    found.set(path, { path, type, root: unescaped(root), readOnly: options.split(',').includes('ro') })
  }
  return [...found.values()]
}

/** The kernel writes spaces, tabs, line breaks and backslashes in octal. */
function unescaped(text: string): string {
  return encodeFilePath(
    text.replace(/\\([0-7]{3})/g, (_match, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
  )
}

/** The output of `isolation process`. */
export const openFilesLineSchema = z
  .object({
    folder: encodedText,
    program: encodedText,
    files: z.array(z.tuple([z.number(), encodedText])),
    sockets: z.array(z.tuple([z.number(), z.enum(socketKinds), encodedText, encodedText, z.number()])),
    more: z.boolean(),
  })
  .transform(({ folder, program, files, sockets, more }): OpenFiles => ({
    folder,
    program,
    files: files.map(([number, target]) => ({ number, target })),
    sockets: sockets.map(([number, kind, local, remote, state]) => {
      if (kind === 'unix') return { number, kind, local, remote: '', ...unixState(state) }
      const peer = address(decodeText(remote))
      const hasPeer = peer !== '' && !peer.endsWith(':0')
      return {
        number,
        kind,
        local: address(decodeText(local)),
        remote: hasPeer ? peer : '',
        state: internetState(kind, state, hasPeer),
      }
    }),
    more,
  }))

/** The kernel's numbers (include/net/tcp_states.h): 1 is an open connection, 10 waits for connections. */
function internetState(kind: string, state: number, hasPeer: boolean): OpenFiles['sockets'][number]['state'] {
  if (kind.startsWith('udp')) return hasPeer ? 'connected' : 'listening'
  if (state === 10) return 'listening'
  return state === 1 ? 'connected' : 'other'
}

/** The kernel's numbers (include/uapi/linux/net.h): 1 is not connected, 3 is connected. */
function unixState(state: number): Pick<OpenFiles['sockets'][number], 'state'> {
  return { state: state === 3 ? 'connected' : state === 1 ? 'listening' : 'other' }
}

/**
 * Reads an address of `/proc/net/tcp`: the bytes of an address in words of 4 bytes, each with its last byte first, and
 * the port. Empty if the text is not an address.
 */
export function address(text: string): string {
  const [, digits, port] = /^((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4})$/.exec(text) ?? []
  if (digits === undefined || port === undefined) return ''
  const bytes = [...digits.matchAll(/.{8}/g)].flatMap(([word]) =>
    [...word.matchAll(/../g)].map(([byte]) => Number.parseInt(byte, 16)).reverse(),
  )
  const number = String(Number.parseInt(port, 16))
  if (bytes.length === 4) return `${bytes.join('.')}:${number}`
  if (bytes.length !== 16) return ''
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  if (isMapped) return `${bytes.slice(12).join('.')}:${number}`
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  )
  return `[${shortened(groups)}]:${number}`
}

/** Writes the longest run of zeros as `::`. */
function shortened(groups: readonly string[]): string {
  const text = groups.join(':')
  const longest = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort(
    ([one], [other]) => other.length - one.length,
  )[0]
  if (longest === undefined) return text
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '')
  return `${text.slice(0, longest.index)}::${after}`
}
