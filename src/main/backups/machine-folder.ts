import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { BerthError } from '../../shared/errors'
import type { SshLink } from '../ssh'
import { foldersAgain, linksByOwner, type SeenEntries } from './unpackable'

type Link = Pick<SshLink, 'exec'>

/** A word for the machine's shell. */
export function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** The folders beside a volume's folder, while the volume's content is replaced. The words are for the shell. */
const besides = (folder: string) => ({
  place: shellQuoted(folder),
  /** The new content, until the swap. */
  next: shellQuoted(`${folder}.berth-new`),
  /** The old content, after the swap. */
  old: shellQuoted(`${folder}.berth-old`),
  /** The new content that an undo has taken. */
  gone: shellQuoted(`${folder}.berth-gone`),
  /** The old content that an undo has taken. */
  dead: shellQuoted(`${folder}.berth-dead`),
})

/** The exit code of the script that swaps, if a container uses the old content. */
const usedCode = 75

/**
 * Unpacks an archive into an existing folder of the machine. Keeps owners, modes, times and links. Resolves or rejects
 * only when the machine's program has ended, or the link is cut.
 * @throws BerthError disk.full, files.failed; the error of the archive; as `SshLink.exec`
 */
export async function unpack(
  link: Link,
  {
    folder,
    archive,
    seen,
  }: {
    folder: string
    archive: AsyncIterable<Buffer>
    /** The archive's entries. They are complete when the archive has been read. */
    seen: SeenEntries
  },
): Promise<void> {
  await feed(link, { folder, program: 'tar -x -f -' }, archive)
  for (const [owner, paths] of linksByOwner(seen.links))
    await feed(link, { folder, program: `xargs -0 chown -h -- ${owner}` }, paths)
  await feed(link, { folder, program: 'tar -x -f -' }, foldersAgain(seen.folders))
}

/** Runs a program of the machine in a folder, with these pieces as its standard input. */
async function feed(
  link: Link,
  { folder, program }: { folder: string; program: string },
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  const input = new PassThrough()
  const ended = new AbortController()
  const running = link.exec(`cd ${shellQuoted(folder)} && exec ${program}`, { input }).finally(() => {
    ended.abort()
  })
  const [fed, run] = await Promise.allSettled([write(input, pieces, ended.signal), running])
  if (fed.status === 'rejected') throw fed.reason
  if (run.status === 'rejected') throw run.reason
  if (run.value.code !== 0) throw unpackError(folder, run.value.stderr)
}

/** Writes all pieces, unless the program ends earlier. Always ends the input, because the program ends with it. */
async function write(
  input: PassThrough,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  ended: AbortSignal,
): Promise<void> {
  try {
    for await (const part of pieces) {
      if (ended.aborted) return
      if (!input.write(part)) await once(input, 'drain', { signal: ended })
    }
  } catch (error) {
    if (!ended.aborted) throw error
  } finally {
    input.end()
  }
}

function unpackError(folder: string, stderr: string): BerthError {
  const reason = stderr.trim().split('\n').at(-1) ?? ''
  if (/no space left|quota exceeded/i.test(stderr)) return new BerthError('disk.full', {}, { detail: reason })
  return new BerthError('files.failed', { path: folder, reason }, { detail: stderr })
}

/**
 * Makes an empty folder beside a volume's folder, with the same owner and mode. Removes one that an earlier attempt has
 * left.
 */
export async function makeFolderBeside(link: Link, folder: string): Promise<string> {
  const { place, next, gone } = besides(folder)
  await runScript(
    link,
    folder,
    `rm -rf ${next} ${gone} && mkdir ${next} && chown "$(stat -c %u:%g ${place})" ${next} && chmod "$(stat -c %a ${place})" ${next}`,
  )
  return `${folder}.berth-new`
}

/** Writes the unpacked content to the machine's disk. This may take seconds. */
export async function syncContent(link: Link, folder: string): Promise<void> {
  await runScript(link, folder, 'sync')
}

/**
 * Puts the unpacked folder in the place of the volume's folder. The old content stays beside it. Returns false, and
 * changes nothing, if a container has mounted the old content.
 */
export async function swapIn(link: Link, folder: string): Promise<boolean> {
  const { place, next, old } = besides(folder)
  // The root of a container's mount has the new name of its folder.
  const root = `/${folder.split('/').slice(-2).join('/')}.berth-old`
  const isUsed = `grep -qsF -e ${shellQuoted(`${root} `)} -e ${shellQuoted(`${root}/`)} /proc/[0-9]*/mountinfo`
  const { code, stderr } = await link.exec(
    `mv -T ${place} ${old} && { mv -T ${next} ${place} || { mv -T ${old} ${place}; false; }; } || exit 1
if ${isUsed}; then { ${backAgain(folder)}; } && exit ${String(usedCode)}; exit 1; fi`,
  )
  if (code === usedCode) return false
  if (code !== 0) throw unpackError(folder, stderr)
  return true
}

/** Gives the volume its old content again, after {@link swapIn}. */
export async function swapBack(link: Link, folder: string): Promise<void> {
  await runScript(link, folder, backAgain(folder))
}

/** Without the old content, which an undo may have taken, the volume keeps the new one. */
function backAgain(folder: string): string {
  const { place, next, old } = besides(folder)
  return `mv -T ${place} ${next} && { mv -T ${old} ${place} || { mv -T ${next} ${place}; false; }; }`
}

/** Removes the old content of a volume, after {@link swapIn}. */
export async function removeOldContent(link: Link, folder: string): Promise<void> {
  await runScript(link, folder, `rm -rf ${besides(folder).old}`)
}

/**
 * Undoes a replacement that was interrupted. The volume then has its old content, or completely the new one. After the
 * link is cut, {@link swapIn} may still run in the machine. So the undo takes both folders by a rename before it
 * decides: only one of the two gets a folder, and the other one fails.
 */
export async function undoSwap(link: Link, folder: string): Promise<void> {
  const { place, next, old, gone, dead } = besides(folder)
  // Without its parent folder, the volume itself has been removed.
  await runScript(
    link,
    folder,
    `rm -rf ${gone}; mv -T ${next} ${gone} 2>/dev/null; mv -T ${old} ${dead} 2>/dev/null
[ -e ${place} ] || [ ! -e ${dead} ] || mv -T ${dead} ${place} || [ -e ${place} ] || exit 1
if [ -e ${place} ]; then rm -rf ${gone} ${dead}; else rm -rf ${gone}; fi`,
  )
}

async function runScript(link: Link, folder: string, script: string): Promise<void> {
  const { code, stderr } = await link.exec(script)
  if (code !== 0) throw unpackError(folder, stderr)
}
