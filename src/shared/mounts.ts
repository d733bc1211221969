import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { sharedFolderSchema } from './settings'

/** A shared folder and its state in the machine. */
export const mountedFolderSchema = sharedFolderSchema.extend({
  /** The folder's path in the machine. */
  guestPath: z.string(),
  /** Why containers cannot use the folder at the moment. */
  problem: berthErrorSchema.optional(),
})
export type MountedFolder = z.infer<typeof mountedFolderSchema>

/**
 * A file whose owner a program in a container has changed to a user other than root. A database does this with its
 * folder.
 */
export const ownerHintSchema = z.object({
  /** The path on the host. */
  path: z.string(),
  guestPath: z.string(),
  at: z.number(),
})
export type OwnerHint = z.infer<typeof ownerHintSchema>

/** Berth refused a bind mount because its path is in no shared folder. The offer is to share a folder. */
export const shareOfferSchema = z.object({
  /** The path on the host, as the user wrote it. */
  path: z.string(),
  /** If the user shares this folder, the same bind mount works. */
  folder: z.string(),
})
export type ShareOffer = z.infer<typeof shareOfferSchema>

export const mountsStateSchema = z.object({
  /** `mounted` means that containers can use the folders. */
  phase: z.enum(['off', 'starting', 'mounted', 'failed']),
  folders: z.array(mountedFolderSchema),
  ownerHints: z.array(ownerHintSchema),
  problem: berthErrorSchema.optional(),
  /** The newest offer. Absent until there is one, and again after a change of the settings. */
  offer: shareOfferSchema.optional(),
})
export type MountsState = z.infer<typeof mountsStateSchema>
