import { z } from 'zod'

/** The most entries of a folder in one answer. */
export const hostEntryLimit = 500

/** A path of this computer, as a user types it. Systems limit a path to 4096 bytes (Linux) or 32767 units (Windows). */
const hostPathSchema = z
  .string()
  .max(32_767)
  .regex(/^[^\0]*$/)

export const hostListRequestSchema = z.object({
  /** The folder to list. `~` and an empty path mean the home folder. */
  path: hostPathSchema,
  /** Lists only entries whose name begins with this text, in upper or lower case. */
  prefix: z.string().max(255),
  /** True to list hidden entries too. A prefix that begins with a dot always lists them. */
  hidden: z.boolean(),
  /** True to list files too. */
  files: z.boolean(),
})
export type HostListRequest = z.infer<typeof hostListRequestSchema>

/** How containers can use a folder. `own`: it is Berth's own folder, or inside it. */
export const hostShareSchema = z.enum(['writable', 'read-only', 'none', 'own'])
export type HostShare = z.infer<typeof hostShareSchema>

export const hostEntrySchema = z.object({
  name: z.string(),
  path: z.string(),
  isFolder: z.boolean(),
  share: hostShareSchema,
})
export type HostEntry = z.infer<typeof hostEntrySchema>

export const hostFolderSchema = z.object({
  /** The full path, without `~` and `..`. */
  path: z.string(),
  /** The folder that contains this folder. Null for the top of a drive. */
  parent: z.string().nullable(),
  share: hostShareSchema,
  /** Folders first. */
  entries: z.array(hostEntrySchema),
  /** How many entries match the request. More than `entries` has if the folder is large. */
  total: z.number(),
  /** How many hidden entries are left out. */
  hidden: z.number(),
})
export type HostFolder = z.infer<typeof hostFolderSchema>

/** Places of this computer where a search for a folder can begin. */
export const hostPlacesSchema = z.object({
  home: z.string(),
  /** The drives of Windows, such as `C:\`. Other systems have only `/`. */
  drives: z.array(z.string()),
})
export type HostPlaces = z.infer<typeof hostPlacesSchema>

export const newHostFolderSchema = z.object({
  parent: hostPathSchema.min(1),
  name: z.string().min(1).max(255),
})
