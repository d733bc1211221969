import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import {
  projectFileEntrySchema,
  projectFilePathSchema,
  projectFileSchema,
  projectFileStateSchema,
  projectFileTextSchema,
  projectFileVersionSchema,
  hostPathSchema,
} from '../project-files'
import { procedure } from './procedure'

const file = z.object({ path: projectFilePathSchema })

/** The files of a compose project: ordinary files of this computer, in a shared folder. */
export const projectFiles = {
  /** Sends the compose files, the files with variables and the Dockerfiles in a folder, now and after every change. */
  list: procedure
    .input(z.object({ folder: hostPathSchema }))
    .output(eventIterator(z.array(projectFileEntrySchema))),
  read: procedure.input(file).output(projectFileSchema),
  /** Replaces the text of a file. Fails if the file has changed since `version` was read. */
  save: procedure
    .input(file.extend({ text: projectFileTextSchema, version: projectFileVersionSchema }))
    .output(z.object({ version: projectFileVersionSchema })),
  /** Sends the version of a file now and after every change of it. */
  watch: procedure.input(file).output(eventIterator(projectFileStateSchema)),
}
