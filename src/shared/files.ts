import { z } from 'zod'
import { objectNameSchema } from './containers'

/** The most names of a folder that Berth lists. */
export const folderLimit = 100_000
/** The largest text file in bytes that Berth opens in its editor. */
export const textLimit = 1024 * 1024
/** The largest picture in bytes that Berth shows. */
export const pictureLimit = 8 * 1024 * 1024

/** An absolute path in its encoded form: see `file-paths.ts`. The kernel's limit is 4096 bytes. */
export const filePathSchema = z
  .string()
  .max(3 * 4096)
  .regex(/^\/(?:(?:[A-Za-z0-9._~-]|%(?!00|2F)[0-9A-F]{2})+(?:\/(?!$)|$))*$/)

/** The container or volume whose files are meant. */
export const fileTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('container'), id: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/) }),
  z.object({ kind: z.literal('volume'), name: objectNameSchema }),
])
export type FileTarget = z.infer<typeof fileTargetSchema>

export const fileTypes = ['file', 'folder', 'link', 'pipe', 'socket', 'block', 'character'] as const
export type FileType = (typeof fileTypes)[number]

/** Tells whether a file is still the same as when it was read. */
export const fileStampSchema = z.object({
  /** Bytes. */
  size: z.number().int().nonnegative(),
  /** Seconds since the epoch, with nanoseconds. */
  changedAt: z.string().regex(/^-?\d{1,20}\.\d{9}$/),
})
export type FileStamp = z.infer<typeof fileStampSchema>

export const fileEntrySchema = fileStampSchema.extend({
  /** The encoded name. */
  name: z.string(),
  type: z.enum(fileTypes),
  /** The permissions, with the bits setuid, setgid and sticky. */
  mode: z.number(),
  user: z.number(),
  group: z.number(),
  /** What the container has changed compared with its image. Absent if nothing. */
  change: z.enum(['added', 'changed', 'deleted']).optional(),
  /** The encoded target of a link. */
  link: z.string().optional(),
  /** The type of a link's target. Absent if the link leads to nothing inside the container or volume. */
  linkType: z.enum(fileTypes).optional(),
})
export type FileEntry = z.infer<typeof fileEntrySchema>

/** Some names of a folder. A listing is one or more parts. */
export const folderPartSchema = z.object({
  entries: z.array(fileEntrySchema),
  /** True if nothing can be changed in this folder. */
  readOnly: z.boolean(),
  /** True in the last part if the folder has more than {@link folderLimit} names. */
  truncated: z.boolean(),
})
export type FolderPart = z.infer<typeof folderPartSchema>

export const fileContentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string(), stamp: fileStampSchema }),
  z.object({
    kind: z.literal('picture'),
    mediaType: z.string(),
    data: z.base64(),
    stamp: fileStampSchema,
  }),
  z.object({ kind: z.literal('binary'), stamp: fileStampSchema }),
  z.object({ kind: z.literal('too-large'), limit: z.number() }),
])
export type FileContent = z.infer<typeof fileContentSchema>
