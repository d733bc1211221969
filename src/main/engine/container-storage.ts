import { z } from 'zod'
import { containerStates } from '../../shared/containers'
import { pathPart, type EngineClient } from './client'
import { withEngineErrors } from './engine-errors'

/** The layers of a container's file system, as paths in the machine. */
export interface ContainerLayers {
  /** The layer that the container writes to. */
  upper: string
  work: string
  /** The layers of the image, the top layer first. */
  lowers: string[]
}

/** Where a container keeps its files in the machine. */
export interface ContainerStorage {
  /** The whole id. */
  id: string
  /** A process of the container in the machine's process namespace; 0 if none runs. */
  pid: number
  /** True if the container's own file system is read-only. Its volumes may not be. */
  readOnly: boolean
  /** Undefined if the engine uses a storage driver other than overlay2. */
  layers: ContainerLayers | undefined
  /** Volumes and bind mounts. */
  mounts: { source: string; target: string; readOnly: boolean }[]
}

const storageSchema = z.object({
  Id: z.string(),
  State: z.object({ Status: z.enum(containerStates), Pid: z.number() }),
  HostConfig: z.object({ ReadonlyRootfs: z.boolean().optional() }),
  GraphDriver: z.object({ Name: z.string(), Data: z.record(z.string(), z.string()).nullish() }).nullish(),
  Mounts: z
    .array(
      z.object({
        Type: z.string(),
        Source: z.string().optional(),
        Destination: z.string(),
        RW: z.boolean(),
      }),
    )
    .nullish(),
})

/** @throws BerthError container.not-found */
export async function containerStorage(client: EngineClient, id: string): Promise<ContainerStorage> {
  const inspect = await withEngineErrors({ container: id }, () =>
    client.json({ method: 'GET', path: `/containers/${pathPart(id)}/json` }, storageSchema),
  )
  return {
    id: inspect.Id,
    pid: inspect.State.Pid,
    readOnly: inspect.HostConfig.ReadonlyRootfs ?? false,
    layers: layersOf(inspect),
    mounts: (inspect.Mounts ?? []).flatMap(({ Type, Source, Destination, RW }) =>
      (Type === 'volume' || Type === 'bind') && Source !== undefined && Source !== ''
        ? [{ source: Source, target: Destination, readOnly: !RW }]
        : [],
    ),
  }
}

function layersOf({ GraphDriver }: z.infer<typeof storageSchema>): ContainerLayers | undefined {
  if (GraphDriver?.Name !== 'overlay2') return undefined
  const { UpperDir, WorkDir, LowerDir } = GraphDriver.Data ?? {}
  if (UpperDir === undefined || WorkDir === undefined || LowerDir === undefined) return undefined
  return { upper: UpperDir, work: WorkDir, lowers: LowerDir.split(':') }
}
