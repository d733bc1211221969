import type { Stats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { BerthError } from '../../shared/errors'
import { message, systemErrorCode } from '../lib'
import type { IgnoreRules } from './dockerignore'

/** A file, folder or symbolic link of a build's folder. */
export interface ContextEntry {
  /** The path below the folder, with `/` on every system. */
  path: string
  kind: 'file' | 'folder' | 'link'
  /** The length of a file in bytes. 0 for the others. */
  size: number
  /** The permission bits. */
  mode: number
  /** When the content changed last, milliseconds since the epoch. */
  modifiedAt: number
  /** What a symbolic link points to. */
  target: string | undefined
}

export interface ContextOptions {
  folder: string
  rules: IgnoreRules
  /** Paths that the build takes although they may be ignored, such as the Dockerfile. */
  always?: readonly string[]
  /** Called for each name in the folder, also for an ignored one. The walk ends if it returns false. */
  onName?: () => boolean
  signal: AbortSignal
}

/**
 * Yields what a build takes from its folder, each folder before its content. Leaves out what is neither a file nor a
 * folder nor a symbolic link, such as a socket, as Docker does.
 * @throws BerthError build.file-unreadable; the signal's reason
 */
export async function* contextEntries(options: ContextOptions): AsyncGenerator<ContextEntry, void> {
  const missing = new Set(options.always)
  for await (const entry of below('', [], options)) {
    missing.delete(entry.path)
    yield entry
  }
  for (const path of missing) {
    const entry = await entryAt(options.folder, path)
    if (entry !== undefined) yield entry
  }
}

/** `pending` are the ignored folders above. Docker takes them along if an exception brings back one of their files. */
async function* below(
  parent: string,
  pending: ContextEntry[],
  options: ContextOptions,
): AsyncGenerator<ContextEntry, void> {
  const { folder, rules, signal, onName } = options
  const list = () => readable(join(folder, parent), () => readdir(join(folder, parent)))
  const names = parent === '' ? await list() : ((await unlessGone(parent, list)) ?? [])
  for (const name of names.sort()) {
    signal.throwIfAborted()
    if (onName?.() === false) return
    const path = parent === '' ? name : `${parent}/${name}`
    const isIgnored = rules.ignores(path)
    if (isIgnored && !rules.mayHaveExceptions(path)) continue
    const entry = await unlessGone(path, () => entryAt(folder, path))
    if (entry === undefined || (isIgnored && entry.kind !== 'folder')) continue
    if (!isIgnored) yield* [...pending.splice(0), entry]
    else pending.push(entry)
    if (entry.kind === 'folder') yield* below(path, pending, options)
    // Nothing in this folder was brought back.
    if (isIgnored && pending.at(-1) === entry) pending.pop()
  }
}

async function entryAt(folder: string, path: string): Promise<ContextEntry | undefined> {
  const place = join(folder, path)
  const stats = await readable(place, () => lstat(place))
  const kind = kindOf(stats)
  if (kind === undefined) return undefined
  return {
    path,
    kind,
    size: kind === 'file' ? stats.size : 0,
    // Windows has no permission bits that Linux could use. Docker makes every file executable there.
    mode: process.platform === 'win32' ? 0o755 : stats.mode & 0o7777,
    modifiedAt: Math.trunc(stats.mtimeMs),
    target: kind === 'link' ? await readable(place, () => readlink(place)) : undefined,
  }
}

function kindOf(stats: Stats): ContextEntry['kind'] | undefined {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  return stats.isSymbolicLink() ? 'link' : undefined
}

/**
 * Undefined if the path is gone: another program may delete a file while Berth lists its folder. Node replaces the
 * bytes of a name that is not UTF-8 by U+FFFD. Berth cannot read such a file, but it is there.
 */
async function unlessGone<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    const isGone = error instanceof BerthError && systemErrorCode(error.cause) === 'ENOENT'
    if (isGone && !path.includes('\uFFFD')) return undefined
    throw error
  }
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw new BerthError('build.file-unreadable', { path }, { detail: message(error), cause: error })
  }
}
