import { BerthError } from '../../shared/errors'
import { readTar, shownPath, tarEnd, tarHeader, type TarHeader, tarPadding } from './tar-format'

/** The longest name that Linux takes, in bytes. */
const longestName = 4095

/** About how much memory an entry needs besides its names, in bytes. */
const entryBytes = 512

/** The folders and the symbolic links of an archive, by their paths. */
export interface SeenEntries {
  folders: Map<string, TarHeader>
  links: Map<string, TarHeader>
}

export interface UnpackableOptions {
  /**
   * Whether the archive may have device files. A container with access to devices could use a device file to reach
   * the machine's disk, so an archive from elsewhere may have none.
   */
  devices: boolean
  /** Gets the entries while the archive is read. */
  seen: SeenEntries
  /** The most bytes of memory for these entries. */
  seenBytes?: number
}

/**
 * Checks an archive while it is read, and writes it again in the format that the machine's tar understands. All
 * owners are numbers. No entry can reach a place outside the folder into which the archive is unpacked.
 * @throws BerthError backup.unsafe-path, backup.device, backup.damaged; as `readTar`
 */
export async function* unpackable(
  source: AsyncIterable<Buffer>,
  { devices, seen: { folders, links }, seenBytes = 512 << 20 }: UnpackableOptions,
): AsyncGenerator<Buffer, void> {
  let free = seenBytes
  for await (const { content, ...entry } of readTar(source)) {
    const path = insidePath(entry.path, links)
    const refuse = (): never => {
      throw new BerthError('backup.unsafe-path', { path: shownPath(entry.path) })
    }
    // An entry that replaces a link or a folder, or another name of a link, could make a later path lead elsewhere.
    if (links.has(path) || (entry.type !== 'folder' && (path === '' || folders.has(path)))) refuse()
    if ((entry.type === 'character' || entry.type === 'block') && !devices && !isWhiteout(entry))
      throw new BerthError('backup.device', { path: shownPath(entry.path) })
    const target = entry.type === 'hard-link' ? insidePath(entry.link, links) : undefined
    if (target !== undefined && links.has(target)) refuse()
    const header: TarHeader = {
      ...entry,
      path: entry.type === 'folder' && path !== '' ? `./${path}/` : `./${path}`,
      link: target === undefined ? entry.link : `./${target}`,
    }
    if (header.path.length > longestName || header.link.length > longestName)
      throw new BerthError('backup.damaged', {}, { detail: 'a name is too long' })
    if (entry.type === 'folder' || entry.type === 'link') {
      free -= entryBytes + 2 * path.length + header.link.length
      if (free < 0) throw new BerthError('backup.damaged', {}, { detail: 'too many folders and links' })
    }
    if (entry.type === 'link') links.set(path, header)
    if (entry.type === 'folder') folders.set(path, header)
    yield tarHeader(header)
    yield* content
    yield tarPadding(header.size)
  }
  yield tarEnd
}

/**
 * An archive that only has folders, the deepest first. Unpacking it again sets the times of the folders, which each
 * unpacked file has changed.
 */
export function* foldersAgain(folders: ReadonlyMap<string, TarHeader>): Generator<Buffer, void> {
  const depth = (path: string): number => (path === '' ? 0 : path.split('/').length)
  const paths = [...folders.keys()].sort((a, b) => depth(b) - depth(a))
  for (const path of paths) {
    const header = folders.get(path)
    if (header !== undefined) yield tarHeader(header)
  }
  yield tarEnd
}

/**
 * The paths of links for each owner, such as `1000:1000`. busybox creates the links at the end, and all as root. Each
 * path ends with NUL.
 */
export function linksByOwner(links: ReadonlyMap<string, TarHeader>): Map<string, Buffer[]> {
  const owners = new Map<string, Buffer[]>()
  for (const [path, { user, group }] of links) {
    const owner = `${String(user)}:${String(group)}`
    const paths = owners.get(owner) ?? []
    owners.set(owner, paths)
    paths.push(Buffer.from(`./${path}\0`, 'latin1'))
  }
  owners.delete('0:0')
  return owners
}

/** The mark of a removed file in a layer of overlayfs, as in the volume of a Docker Engine in a container. */
function isWhiteout({ type, device }: Pick<TarHeader, 'type' | 'device'>): boolean {
  return type === 'character' && device.major === 0 && device.minor === 0
}

/**
 * A relative path without `.` and empty parts.
 * @throws BerthError backup.unsafe-path if it is absolute, has `..`, or leads through a link of the archive
 */
function insidePath(path: string, links: ReadonlyMap<string, unknown>): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  let parent = ''
  const leadsThroughLink = (): boolean =>
    parts.slice(0, -1).some((part) => {
      parent = parent === '' ? part : `${parent}/${part}`
      return links.has(parent)
    })
  if (path.startsWith('/') || parts.includes('..') || (links.size > 0 && leadsThroughLink()))
    throw new BerthError('backup.unsafe-path', { path: shownPath(path) })
  return parts.join('/')
}
