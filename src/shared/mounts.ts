import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { sharedFolderSchema } from './settings'

/** A shared folder, as seen by containers. */
export const mountedFolderSchema = sharedFolderSchema.extend({
  /** The folder's path in the machine. */
  guestPath: z.string(),
  /** Why containers cannot use the folder at the moment. */
  problem: berthErrorSchema.optional(),
})
export type MountedFolder = z.infer<typeof mountedFolderSchema>

/** A program in a container has given this file to another user than root. Databases do this with their folder. */
export const ownerHintSchema = z.object({
  /** The path on the host. */
  path: z.string(),
  guestPath: z.string(),
  at: z.number(),
})
export type OwnerHint = z.infer<typeof ownerHintSchema>

/** A bind mount was refused because its path is in no shared folder. */
export const shareOfferSchema = z.object({
  /** On the host, as the user wrote it. */
  path: z.string(),
  /** The folder to share, so that the same bind mount works. */
  folder: z.string(),
})
export type ShareOffer = z.infer<typeof shareOfferSchema>

export const mountsStateSchema = z.object({
  /** `mounted` when containers can use the folders. */
  phase: z.enum(['off', 'starting', 'mounted', 'failed']),
  folders: z.array(mountedFolderSchema),
  ownerHints: z.array(ownerHintSchema),
  problem: berthErrorSchema.optional(),
  /** The folder that the last refused bind mount needs. */
  offer: shareOfferSchema.optional(),
})
export type MountsState = z.infer<typeof mountsStateSchema>
