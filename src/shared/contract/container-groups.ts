import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { containerGroupsSchema, groupNameSchema } from '../container-groups'
import { objectNameSchema } from '../containers'
import { nothing, procedure } from './procedure'

const names = z.array(objectNameSchema).min(1).max(10_000)

export const containerGroups = {
  watch: procedure.output(eventIterator(containerGroupsSchema)),
  /** Pins containers to the top of the list, or unpins them. */
  pin: procedure.input(z.object({ names, pinned: z.boolean() })).output(nothing),
  /** Moves containers into a group, which is created if it does not exist. `null` takes them out of their groups. */
  move: procedure.input(z.object({ names, group: groupNameSchema.nullable() })).output(nothing),
  rename: procedure.input(z.object({ group: groupNameSchema, to: groupNameSchema })).output(nothing),
  /** Removes a group. Its containers stay. */
  remove: procedure.input(z.object({ group: groupNameSchema })).output(nothing),
}
