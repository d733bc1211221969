import { z } from 'zod'
import {
  hostFolderSchema,
  hostListRequestSchema,
  hostPlacesSchema,
  newHostFolderSchema,
} from '../host-folders'
import { procedure } from './procedure'

/** The folders of this computer, for the folder picker. */
export const hostFolders = {
  places: procedure.output(hostPlacesSchema),
  list: procedure.input(hostListRequestSchema).output(hostFolderSchema),
  /** Makes a folder, and returns its path. */
  create: procedure.input(newHostFolderSchema).output(z.object({ path: z.string() })),
}
