import type { SshLink } from '../ssh'
import { readTar, tarEnd, tarHeader, type TarHeader, tarPadding } from './tar-format'
import { shellQuoted } from './machine-folder'

/** The files of a volume that have several names: the path in the archive, and the number of the file. */
export type HardLinks = ReadonlyMap<string, string>

/** No path has two slashes in a row, so they end a line even if a name has a line break. */
const lineEnd = '//\n'

/** The most bytes of the list, which Berth keeps in memory. A file beyond it is stored once for each name. */
const longestList = 64 << 20

/**
 * Lists the files with several names in a folder of the machine. The machine's program that packs a folder does not
 * know which names belong to the same file.
 * @throws as `SshLink.exec`
 */
export async function findHardLinks(
  link: Pick<SshLink, 'exec'>,
  folder: string,
  signal: AbortSignal,
): Promise<HardLinks> {
  const { stdout } = await link.exec(
    `cd ${shellQuoted(folder)} && { find . -xdev -type f -links +1 -print0 | xargs -0 -r stat -c '%i %n//' |
      head -c ${String(longestList)}; } 2>/dev/null`,
    { signal },
  )
  return parseHardLinks(stdout)
}

/** Parses the list. Drops a last line that is cut. */
export function parseHardLinks(output: string): HardLinks {
  const found = new Map<string, string>()
  for (const line of output.split(lineEnd).slice(0, -1)) {
    const space = line.indexOf(' ')
    if (space > 0)
      found.set(Buffer.from(line.slice(space + 1), 'utf8').toString('latin1'), line.slice(0, space))
  }
  return found
}

/** Replaces each further name of a file by a link to its first name, if the file has not changed in between. */
export async function* withHardLinks(
  archive: AsyncIterable<Buffer>,
  links: HardLinks,
): AsyncGenerator<Buffer, void> {
  const first = new Map<string, TarHeader>()
  for await (const { content, ...entry } of readTar(archive)) {
    const file = entry.type === 'file' ? links.get(entry.path) : undefined
    const known = file === undefined ? undefined : first.get(file)
    if (known?.size === entry.size && known.changedAt === entry.changedAt) {
      yield tarHeader({ ...entry, type: 'hard-link', link: known.path, size: 0 })
      continue
    }
    if (file !== undefined) first.set(file, entry)
    yield tarHeader(entry)
    yield* content
    yield tarPadding(entry.size)
  }
  yield tarEnd
}
