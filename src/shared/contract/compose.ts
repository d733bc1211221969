import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import {
  composeCheckSchema,
  composeConfigureSchema,
  composeNameSchema,
  composeOpenSchema,
  composeProjectSchema,
  composeRunSchema,
} from '../compose'
import { nothing, procedure } from './procedure'

export const compose = {
  /** Sends all projects, now and after every change. `engine.watch` has their containers. */
  watch: procedure.output(eventIterator(z.array(composeProjectSchema))),
  /** Adds the project of a folder or of a compose file to the list. Returns the project's name. */
  open: procedure.input(composeOpenSchema).output(composeNameSchema),
  /** Changes which files and profiles the actions on a project use. */
  configure: procedure.input(composeConfigureSchema).output(nothing),
  /** Takes a project that the user has opened from the list. Changes neither its files nor its containers. */
  forget: procedure.input(composeNameSchema).output(nothing),
  /** Sends what compose says about a project's files, now and after every change of the files. */
  check: procedure.input(composeNameSchema).output(eventIterator(composeCheckSchema)),
  /** Starts an action, and returns the id of its task. */
  run: procedure.input(composeRunSchema).output(z.object({ taskId: z.uuid() })),
}
