import { z } from 'zod'
import type { EngineClient } from './client'
import { withEngineErrors } from './engine-errors'

/** Where the machine keeps the files of an image. */
export interface ImageStorage {
  /** The digest of each layer's content, the lowest layer first. */
  diffIds: string[]
  /** The layers as folders of the machine, the top layer first. Undefined if the driver is not overlay2. */
  folders: string[] | undefined
}

const storageSchema = z.object({
  RootFS: z.object({ Layers: z.array(z.string()).nullish() }).nullish(),
  GraphDriver: z.object({ Name: z.string(), Data: z.record(z.string(), z.string()).nullish() }).nullish(),
})

/** @throws BerthError image.not-found */
export async function imageStorage(client: EngineClient, id: string): Promise<ImageStorage> {
  const { RootFS, GraphDriver } = await withEngineErrors({ image: id }, () =>
    client.json({ method: 'GET', path: `/images/${encodeURI(id)}/json` }, storageSchema),
  )
  const diffIds = RootFS?.Layers ?? []
  const { UpperDir, LowerDir } = GraphDriver?.Data ?? {}
  // An image with one layer has no lower layers.
  const folders = [UpperDir, ...(LowerDir?.split(':') ?? [])].filter((folder) => folder !== undefined)
  const isOverlay2 = GraphDriver?.Name === 'overlay2' && folders.length === diffIds.length
  return { diffIds, folders: isOverlay2 && folders.length > 0 ? folders : undefined }
}
