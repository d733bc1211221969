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

/** The folders beside a volume's folder, while the volume's content is replaced. */
const besides = (folder: string) => ({ next: `${folder}.berth-new`, last: `${folder}.berth-old` })

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
    await feed(link, { folder, program: `xargs -0 chown -h ${owner}` }, paths)
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
  const { next } = besides(folder)
  const [place, made] = [folder, next].map(shellQuoted)
  await runScript(
    link,
    folder,
    `rm -rf ${made} && mkdir ${made} && chown "$(stat -c %u:%g ${place})" ${made} && chmod "$(stat -c %a ${place})" ${made}`,
  )
  return next
}

/** Puts the unpacked folder in the place of the volume's folder. The old content stays beside it. */
export async function swapIn(link: Link, folder: string): Promise<void> {
  const { next, last } = besides(folder)
  const [place, old, unpacked] = [folder, last, next].map(shellQuoted)
  await runScript(
    link,
    folder,
    `sync && mv -T ${place} ${old} && { mv -T ${unpacked} ${place} || { mv -T ${old} ${place}; false; }; }`,
  )
}

/** Gives the volume its old content again, after {@link swapIn}. */
export async function swapBack(link: Link, folder: string): Promise<void> {
  const { next, last } = besides(folder)
  const [place, old, unpacked] = [folder, last, next].map(shellQuoted)
  await runScript(link, folder, `mv -T ${place} ${unpacked} && mv -T ${old} ${place}`)
}

/** Removes the old content of a volume, after {@link swapIn}. */
export async function removeOldContent(link: Link, folder: string): Promise<void> {
  await runScript(link, folder, `rm -rf ${shellQuoted(besides(folder).last)}`)
}

/** Undoes a replacement that was interrupted. The volume then has its old content, or completely the new one. */
export async function undoSwap(link: Link, folder: string): Promise<void> {
  const { next, last } = besides(folder)
  const [place, old, unpacked] = [folder, last, next].map(shellQuoted)
  // Without its parent folder, the volume itself has been removed.
  await runScript(
    link,
    folder,
    `if [ ! -e ${place} ] && [ -e ${old} ]; then mv -T ${old} ${place}; fi; rm -rf ${unpacked} ${old}`,
  )
}

async function runScript(link: Link, folder: string, script: string): Promise<void> {
  const { code, stderr } = await link.exec(script)
  if (code !== 0) throw unpackError(folder, stderr)
}
