import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { taskEventSchema, taskLogBytes, taskLogSchema } from '../tasks'
import { nothing, procedure } from './procedure'

const taskId = z.object({ id: z.uuid() })

export const tasks = {
  /** Sends all tasks, then every change. The newest progress replaces older progress of the same task. */
  watch: procedure.output(eventIterator(taskEventSchema)),
  /** Cancels a running task, and replies when it has ended. Does nothing to a task that has ended. */
  cancel: procedure.input(taskId).output(nothing),
  /** Removes an ended task and its log. */
  dismiss: procedure.input(taskId).output(nothing),
  /** Removes all ended tasks and their logs. */
  dismissEnded: procedure.output(nothing),
  /** Reads a part of a task's log. `Task.log` says how far the log reaches. */
  log: procedure
    .input(
      taskId.extend({
        from: z.number().int().nonnegative(),
        bytes: z.number().int().min(1).max(taskLogBytes),
      }),
    )
    .output(taskLogSchema),
}
