import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { BuildRequest } from '../../shared/builds'
import { type ContextEntry, contextEntries, type ContextOptions } from './context-files'

/**
 * With more names than this in a build's folder, Berth does not tell which files have changed. Folders and ignored
 * names count too, because Berth visits them.
 */
const namesLimit = 10_000
/** Berth compares the content of files up to this size in bytes. Of a larger file, it compares the time and size. */
const mostFileBytes = 1024 ** 2
/** The most bytes of content that Berth reads for one build. */
const mostBytes = 64 * 1024 ** 2

const contextFileSchema = z.object({
  path: z.string(),
  /** Undefined in a list of an earlier version of Berth. Such a list has no folders. */
  kind: z.enum(['file', 'folder', 'link']).optional(),
  size: z.number(),
  mode: z.number(),
  modifiedAt: z.number(),
  /**
   * Of the content, or of the target of a symbolic link. It is the same for all folders. Empty if Berth has not
   * read the content.
   */
  hash: z.string(),
})
export type ContextFile = z.infer<typeof contextFileSchema>

/** What decides whether BuildKit finds the steps of a build in its cache. */
export const cacheFactsSchema = z.object({
  startedAt: z.number(),
  dockerfileText: z.string(),
  /** The build arguments, with hashes of their values. */
  arguments: z.array(z.object({ name: z.string(), hash: z.string() })),
  /** The base images, by their names in the Dockerfile, with their digests or ids. */
  bases: z.array(z.object({ image: z.string(), digest: z.string() })),
  /** What the build's folder has. Null if there are too many names, or if Berth could not read them. */
  files: z.array(contextFileSchema).nullable(),
  /** The steps that have ended without a failure, in the form of {@link placeKey}. */
  done: z.array(z.string()),
})
export type CacheFacts = z.infer<typeof cacheFactsSchema>

/** Stands for the hash of a folder. BuildKit compares its permissions. */
const folderHash = 'folder'

export function placeKey({ stage, number }: { stage: string; number: number }): string {
  return `${stage} ${number}`
}

/** The place that {@link placeKey} has written. */
export function placeIn(key: string): { stage: string; number: number } {
  const at = key.lastIndexOf(' ')
  return { stage: key.slice(0, at), number: Number(key.slice(at + 1)) }
}

/** The arguments of a request. Their values may be secret, so only hashes of them are kept. */
export function argumentFacts(request: Pick<BuildRequest, 'arguments'>): CacheFacts['arguments'] {
  return request.arguments.map(({ name, value }) => ({ name, hash: argumentHash(name, value) }))
}

export function argumentHash(name: string, value: string): string {
  return hashOf(`${name}=${value}`)
}

/**
 * Lists what a build's folder has. `earlier` is the list of an earlier build: the content of a file with the same
 * time and size is not read again. Resolves with null if the folder has too many names.
 * @throws BerthError as {@link contextEntries}; the system's error; the signal's reason
 */
export async function contextFacts(
  options: ContextOptions,
  earlier: readonly ContextFile[],
  mostNames = namesLimit,
): Promise<ContextFile[] | null> {
  const known = new Map(earlier.map((file) => [file.path, file]))
  const files: ContextFile[] = []
  let read = 0
  let names = 0
  const onName = () => ++names <= mostNames
  for await (const entry of contextEntries({ ...options, onName })) {
    const { path, kind, size, mode, modifiedAt } = entry
    const listed = { path, kind, size, mode, modifiedAt }
    const before = kind === 'folder' ? undefined : known.get(path)
    const isSame = before?.size === size && before.modifiedAt === modifiedAt && before.mode === mode
    if (kind === 'folder') files.push({ ...listed, hash: folderHash })
    else if (isSame && before.hash !== '' && (before.kind ?? kind) === kind) files.push({ ...before, kind })
    else {
      const fits = kind === 'link' || (size <= mostFileBytes && read + size <= mostBytes)
      if (fits) read += size
      files.push({ ...listed, hash: fits ? await contentHash(options.folder, entry) : '' })
    }
  }
  return names > mostNames ? null : files
}

/** True for the lists of this version of Berth. */
export function hasFolders(files: readonly ContextFile[]): boolean {
  return files.every(({ kind }) => kind !== undefined)
}

/** What was added, removed or changed between two lists. If the earlier list has no folders, only files count. */
export function changedFiles(before: readonly ContextFile[], now: readonly ContextFile[]): string[] {
  const old = new Map(before.map((file) => [file.path, file]))
  const withFolders = hasFolders(before)
  const changed = now.filter((file) => {
    if (file.kind === 'folder' && !withFolders) return false
    const other = old.get(file.path)
    old.delete(file.path)
    return other === undefined || !isEqual(other, file)
  })
  return [...changed.map(({ path }) => path), ...old.keys()]
}

/** BuildKit compares the content and the permissions, but not the time. */
function isEqual(one: ContextFile, other: ContextFile): boolean {
  if (one.mode !== other.mode || one.size !== other.size) return false
  if (one.hash !== '' && other.hash !== '') return one.hash === other.hash
  return one.modifiedAt === other.modifiedAt
}

async function contentHash(folder: string, { path, target }: ContextEntry): Promise<string> {
  return hashOf(target ?? (await readFile(join(folder, path))))
}

function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22)
}
