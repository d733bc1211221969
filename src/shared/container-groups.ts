import { z } from 'zod'
import { objectNameSchema } from './containers'

/** The name of a group: any text of one line, without spaces at its ends. */
export const groupNameSchema = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[^\s\p{Cc}](?:[^\p{Cc}]*[^\s\p{Cc}])?$/u)

/** Containers by name, because a container keeps its name when it is recreated. */
const containerNames = z.array(objectNameSchema)

/**
 * The user's own order in the list of containers: named groups, and the pinned containers. A container is in one group
 * at most. A group may be empty, and it may name containers that do not exist at the moment.
 */
export const containerGroupsSchema = z.object({
  groups: z.array(z.object({ name: groupNameSchema, containers: containerNames })),
  pinned: containerNames,
})
export type ContainerGroups = z.infer<typeof containerGroupsSchema>
