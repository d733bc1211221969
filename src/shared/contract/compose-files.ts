import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import {
  composeFileEntrySchema,
  composeFilePathSchema,
  composeFileSchema,
  composeFileStateSchema,
  composeFileTextSchema,
  composeFileVersionSchema,
  hostPathSchema,
} from '../compose-files'
import { procedure } from './procedure'

const file = z.object({ path: composeFilePathSchema })

/** The files of a compose project: ordinary files of this computer, in a shared folder. */
export const composeFiles = {
  /** Sends the compose files, the files with variables and the Dockerfiles in a folder, now and after every change. */
  list: procedure
    .input(z.object({ folder: hostPathSchema }))
    .output(eventIterator(z.array(composeFileEntrySchema))),
  read: procedure.input(file).output(composeFileSchema),
  /** Replaces the text of a file. Fails if the file has changed since `version` was read. */
  save: procedure
    .input(file.extend({ text: composeFileTextSchema, version: composeFileVersionSchema }))
    .output(z.object({ version: composeFileVersionSchema })),
  /** Sends the version of a file now and after every change of it. */
  watch: procedure.input(file).output(eventIterator(composeFileStateSchema)),
}
