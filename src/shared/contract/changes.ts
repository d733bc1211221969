import { z } from 'zod'
import { editableContainerSchema, editPreviewSchema, moveStateSchema, updateStateSchema } from '../changes'
import { filePathSchema } from '../files'
import { objectNameSchema } from '../object-names'
import { runRequestSchema } from '../run'
import { sentAtSchema } from '../timelines'
import { containerId, procedure } from './procedure'

/** The task of a run, edit or update. */
const taskId = z.object({ taskId: z.uuid() })
const folder = containerId.extend({ folder: filePathSchema })
const edit = containerId.extend({ request: runRequestSchema })

/** Runs, edits and updates of containers. Each is a task. */
export const changes = {
  /** Pulls the image if the engine does not have it, then creates and starts a container. */
  run: procedure.input(z.object({ request: runRequestSchema, sentAt: sentAtSchema })).output(taskId),
  /** The settings of an existing container, for the form. */
  editable: procedure.input(containerId).output(editableContainerSchema),
  preview: procedure.input(edit).output(editPreviewSchema),
  /** Replaces a container by a copy with other settings. If the copy does not work, the old container comes back. */
  edit: procedure.input(edit).output(taskId),
  /** Finds out whether a container's image is out of date. With `ask`, asks the registry too. */
  updateState: procedure.input(containerId.extend({ ask: z.boolean() })).output(updateStateSchema),
  /** Replaces a container by a copy with the image that its reference means now. With `pull`, pulls it first. */
  update: procedure.input(containerId.extend({ pull: z.boolean() })).output(taskId),
  /** What moving a folder of a container to a volume would take. Refuses what `move` would refuse. */
  moveState: procedure.input(folder).output(moveStateSchema),
  /** Copies a folder of a container into a new volume, and replaces the container by a copy with this volume. */
  move: procedure.input(folder.extend({ volume: objectNameSchema })).output(taskId),
}
