import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { sharedFolderSchema } from './settings'

/** A shared folder, as containers see it. */
export const mountedFolderSchema = sharedFolderSchema.extend({
  /** Its path in the machine. */
  guestPath: z.string(),
  /** Why containers cannot use it at the moment. */
  problem: berthErrorSchema.optional(),
})
export type MountedFolder = z.infer<typeof mountedFolderSchema>

/** A program in a container gave this file to a user other than root, as databases do with their folder. */
export const ownerHintSchema = z.object({
  /** On the host. */
  path: z.string(),
  guestPath: z.string(),
  at: z.number(),
})
export type OwnerHint = z.infer<typeof ownerHintSchema>

export const mountsStateSchema = z.object({
  /** `mounted` once containers can use the folders. */
  phase: z.enum(['off', 'starting', 'mounted', 'failed']),
  folders: z.array(mountedFolderSchema),
  ownerHints: z.array(ownerHintSchema),
  problem: berthErrorSchema.optional(),
})
export type MountsState = z.infer<typeof mountsStateSchema>
