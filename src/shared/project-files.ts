import { z } from 'zod'

/**
 * The largest file in bytes that the editor of a compose project opens. JSON needs six bytes for a control character,
 * and the WebSocket carrier refuses messages of more than 1 MiB.
 */
export const projectFileLimit = 128 * 1024
/** The most files of a folder that the editor offers. */
export const projectFileCount = 200

export const projectFileKinds = ['compose', 'env', 'dockerfile'] as const
export type ProjectFileKind = (typeof projectFileKinds)[number]

const patterns: readonly (readonly [ProjectFileKind, RegExp])[] = [
  ['compose', /\.ya?ml$/i],
  ['env', /^\.env(?:\..+)?$|\.env$/i],
  ['dockerfile', /^(?:dockerfile|containerfile)(?:\..+)?$|\.(?:dockerfile|containerfile)$/i],
]

/** The last part of a path of this computer, whichever system wrote it. */
export function projectFileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? ''
}

/** What kind of file a path names. Undefined for a file that the editor never opens, such as a key. */
export function projectFileKind(path: string): ProjectFileKind | undefined {
  const name = projectFileName(path)
  return patterns.find(([, pattern]) => pattern.test(name))?.[0]
}

/** True for a name that `docker compose` looks for, or that users give to the other files of a project. */
export function isComposeName(name: string): boolean {
  return /^(?:docker-)?compose(?:[.-].+)?\.ya?ml$/i.test(name)
}

/** A full path of this computer. Main checks that it is absolute, and in a shared folder. */
export const hostPathSchema = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.includes('\0'))

export const projectFilePathSchema = hostPathSchema.refine((path) => projectFileKind(path) !== undefined)

/** The SHA-256 hash of a file's content. Tells whether the file is still the same as when it was read. */
export const projectFileVersionSchema = z.string().regex(/^[0-9a-f]{64}$/)

export const projectFileEntrySchema = z.object({
  path: z.string(),
  name: z.string(),
  kind: z.enum(projectFileKinds),
})
export type ProjectFileEntry = z.infer<typeof projectFileEntrySchema>

export const projectFileSchema = z.object({
  text: z.string(),
  version: projectFileVersionSchema,
  /** False if the folder is shared read-only, or the system does not let the user change the file. */
  writable: z.boolean(),
})
export type ProjectFile = z.infer<typeof projectFileSchema>

export const projectFileTextSchema = z.string().max(projectFileLimit)

/** The version of a file on disk. Null if there is no such file, or if it is no text that the editor can open. */
export const projectFileStateSchema = z.object({ version: projectFileVersionSchema.nullable() })
