import { z } from 'zod'
import {
  archiveContents,
  archiveHeadBytes,
  imageDetailsSchema,
  imageIdSchema,
  imagePruneSchema,
  imageReferenceSchema,
  imageTagSchema,
} from '../images'
import { downloadSchema, uploadSchema } from '../transfers'
import { nothing, procedure } from './procedure'

const archiveFile = z.object({ fileName: z.string().max(1000), bytes: z.number().int().nonnegative() })
const startedTask = z.object({ taskId: z.uuid() })

export const images = {
  /** Makes Berth's base image if the engine does not have it. Needs no registry. */
  ensureBase: procedure.output(z.object({ reference: z.string() })),
  /** Starts a task of the kind `pull`. If the same pull is already running, returns that task. */
  pull: procedure.input(z.object({ reference: imageReferenceSchema })).output(startedTask),
  /** Starts a task of the kind `push`. If the same push is already running, returns that task. */
  push: procedure.input(z.object({ reference: imageTagSchema })).output(startedTask),
  /** Gives an image another tag. If another image has the tag, the tag moves. */
  tag: procedure.input(z.object({ image: imageIdSchema, tag: imageTagSchema })).output(nothing),
  remove: procedure.input(z.object({ image: z.string().min(1), force: z.boolean() })).output(nothing),
  /** Removes an image with all its tags. If a container uses the image, nothing is removed. */
  removeAll: procedure.input(z.object({ image: imageIdSchema })).output(nothing),
  details: procedure.input(z.object({ image: imageIdSchema })).output(imageDetailsSchema),
  /** Removes untagged images that no container uses. With `all`, also removes the tagged ones. */
  prune: procedure.input(z.object({ all: z.boolean() })).output(imagePruneSchema),
  /** Says what a file contains. `head` has the file's first bytes, up to `archiveHeadBytes` of them. */
  archiveContent: procedure
    .input(z.object({ head: z.base64().max(Math.ceil(archiveHeadBytes / 3) * 4) }))
    .output(z.enum(archiveContents)),
  /** Opens the upload of a root file system. The upload is a task of the kind `image-import`. */
  importOpen: procedure.input(archiveFile.extend({ reference: imageReferenceSchema })).output(uploadSchema),
  /** Opens the upload of saved images. The upload is a task of the kind `image-load`. */
  loadOpen: procedure.input(archiveFile).output(uploadSchema),
  /** Offers the archive of images, like `docker save`. The download is a task of the kind `image-save`. */
  save: procedure
    .input(z.object({ images: z.array(imageReferenceSchema).min(1).max(500) }))
    .output(downloadSchema),
}
