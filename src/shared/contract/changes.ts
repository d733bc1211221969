import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import {
  containerChangeSchema,
  editableContainerSchema,
  editPreviewSchema,
  updateStateSchema,
} from '../changes'
import { runRequestSchema } from '../run'
import { containerId, nothing, procedure } from './procedure'

const changeId = z.object({ changeId: z.uuid() })
const edit = containerId.extend({ request: runRequestSchema })

/** Runs, edits and updates of containers. Each continues in main if its window closes. */
export const changes = {
  /** The changes in progress, and the last ended ones. */
  watch: procedure.output(eventIterator(z.array(containerChangeSchema))),
  /** Pulls the image if the engine does not have it, then creates and starts a container. */
  run: procedure.input(runRequestSchema).output(changeId),
  /** The settings of an existing container, for the form. */
  editable: procedure.input(containerId).output(editableContainerSchema),
  preview: procedure.input(edit).output(editPreviewSchema),
  /** Replaces a container by a copy with other settings. If the copy does not work, the old container comes back. */
  edit: procedure.input(edit).output(changeId),
  /** Finds out whether a container's image is out of date. With `ask`, asks the registry too. */
  updateState: procedure.input(containerId.extend({ ask: z.boolean() })).output(updateStateSchema),
  /** Replaces a container by a copy with the image that its reference means now. With `pull`, pulls it first. */
  update: procedure.input(containerId.extend({ pull: z.boolean() })).output(changeId),
  /** Cancels a change, and puts the old container back. Does nothing if the change has ended. */
  cancel: procedure.input(changeId).output(nothing),
  /** Forgets an ended change. */
  dismiss: procedure.input(changeId).output(nothing),
}
