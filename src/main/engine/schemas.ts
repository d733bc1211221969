import { z } from 'zod'
import { containerMountSchema, containerStates } from '../../shared/containers'

/**
 * The parts of the engine's answers that Berth uses (API 1.44, https://docs.docker.com/reference/api/engine/). Other
 * parts are dropped.
 */

/** A value that the engine may leave out, or write as null. It is then empty. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
export const number = z
  .number()
  .nullish()
  .transform((value) => value ?? 0)
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false)
export const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? [])
export const textMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {})

const hostPortSchema = z.object({ HostIp: z.string().optional(), HostPort: z.string().optional() })
/** Maps each container port (`8080/tcp`) to its host ports; to null if the port is only exposed. */
export const portMapSchema = z
  .record(z.string(), z.array(hostPortSchema).nullable())
  .nullish()
  .transform((value) => value ?? {})
export type PortMap = z.infer<typeof portMapSchema>

export const mountsSchema = z
  .array(
    z.object({
      Type: containerMountSchema.shape.type,
      Name: z.string().optional(),
      Source: z.string().optional(),
      Destination: z.string(),
      RW: z.boolean(),
    }),
  )
  .nullish()

export const containerInspectSchema = z.object({
  Id: z.string(),
  Name: z.string(),
  Created: z.string(),
  Path: z.string(),
  Args: texts,
  Image: z.string(),
  State: z.object({
    Status: z.enum(containerStates),
    Pid: z.number(),
    ExitCode: z.number(),
    Error: z.string(),
    StartedAt: z.string(),
    FinishedAt: z.string(),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Config: z.object({
    Image: z.string(),
    Tty: z.boolean(),
    ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
    Labels: textMap,
  }),
  HostConfig: z.object({
    AutoRemove: z.boolean(),
    NetworkMode: z.string().optional(),
    PortBindings: portMapSchema,
    PublishAllPorts: z.boolean().optional(),
  }),
  NetworkSettings: z.object({
    Ports: portMapSchema,
    Networks: z
      .record(
        z.string(),
        z
          .object({
            EndpointID: z.string().optional(),
            NetworkID: z.string().optional(),
            IPAddress: z.string().optional(),
            GlobalIPv6Address: z.string().optional(),
            MacAddress: z.string().optional(),
            Aliases: z.array(z.string()).nullish(),
            DNSNames: z.array(z.string()).nullish(),
          })
          .nullable(),
      )
      .nullish(),
  }),
  Mounts: mountsSchema,
})
export type ContainerInspect = z.infer<typeof containerInspectSchema>

/** The part of a container's inspect answer that names its log driver. */
export const logDriverSchema = z.object({
  HostConfig: z.object({ LogConfig: z.object({ Type: z.string() }) }),
})

export const containerListSchema = z.array(
  z.object({ Id: z.string(), Names: texts, ImageID: z.string(), State: z.string() }),
)

export const createdSchema = z.object({ Id: z.string() })
export const execInspectSchema = z.object({
  Running: z.boolean(),
  ExitCode: z.number().nullable(),
  Pid: z.number(),
})

export const imageListSchema = z.array(
  z.object({
    Id: z.string(),
    RepoTags: texts,
    RepoDigests: texts,
    Size: z.number(),
    Created: z.number(),
    Labels: textMap,
  }),
)
export const imageInspectSchema = z.object({
  Id: z.string(),
  RepoTags: texts,
  RepoDigests: texts,
  Size: z.number(),
  Created: z.string().nullish(),
  Config: z.object({ Labels: textMap }).nullish(),
})

const anyKeys = z.record(z.string(), z.unknown()).nullish()
/** The parts of `GET /images/ID/json` that the image's page shows. */
export const imageConfigSchema = z.object({
  Id: z.string(),
  Os: z.string().nullish(),
  Architecture: z.string().nullish(),
  Variant: z.string().nullish(),
  Author: z.string().nullish(),
  Config: z
    .object({
      Cmd: texts,
      Entrypoint: texts,
      Env: texts,
      WorkingDir: z.string().nullish(),
      User: z.string().nullish(),
      ExposedPorts: anyKeys,
      Volumes: anyKeys,
    })
    .nullish(),
})
export const imageHistorySchema = z.array(
  z.object({ CreatedBy: z.string(), Comment: z.string(), Size: z.number(), Created: z.number() }),
)

export const volumeInspectSchema = z.object({
  Name: z.string(),
  Driver: z.string(),
  CreatedAt: z.string().nullish(),
  Mountpoint: z.string().nullish(),
  Options: textMap,
  Labels: textMap,
})
export type VolumeInspect = z.infer<typeof volumeInspectSchema>
export const volumeListSchema = z.object({ Volumes: z.array(volumeInspectSchema).nullish() })
export const volumePruneSchema = z.object({
  VolumesDeleted: texts,
  SpaceReclaimed: z.number().nullish(),
})

export const networkInspectSchema = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string(),
  Scope: z.string(),
  Created: z.string(),
  Internal: z.boolean(),
  Attachable: z.boolean(),
  EnableIPv6: z.boolean(),
  Ingress: z.boolean(),
  IPAM: z.object({
    Config: z
      .array(
        z.object({
          Subnet: z.string().optional(),
          Gateway: z.string().optional(),
          IPRange: z.string().optional(),
        }),
      )
      .nullish(),
  }),
  Options: textMap,
  Labels: textMap,
  /** The running containers of the network, by id. The network list does not have them. */
  Containers: z
    .record(
      z.string(),
      z.object({ Name: z.string(), IPv4Address: z.string().optional(), IPv6Address: z.string().optional() }),
    )
    .nullish(),
})
export type NetworkInspect = z.infer<typeof networkInspectSchema>
/** The part of `GET /system/df` with the volumes. The engine writes a size of `-1` if it does not know the size. */
export const volumeSizesSchema = z.object({
  Volumes: z
    .array(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).nullish() }))
    .nullish(),
})

export const versionSchema = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  KernelVersion: z.string(),
  Arch: z.string(),
})
export const infoSchema = z.object({
  OperatingSystem: z.string(),
  CgroupVersion: z.string().optional(),
  Driver: z.string(),
  NCPU: z.number(),
  MemTotal: z.number(),
})

/** The part of `GET /info` that decides whether containers can keep running without dockerd. */
export const modesSchema = z.object({
  LiveRestoreEnabled: z.boolean(),
  Swarm: z.object({ LocalNodeState: z.string() }),
})

export const imageIdsSchema = z.array(z.object({ Id: z.string() }))

export const eventSchema = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: textMap }),
  /** Seconds since the epoch. */
  time: z.number().optional(),
  /** Nanoseconds since the epoch. A JavaScript number keeps about the microseconds. */
  timeNano: z.number().optional(),
})

/** One line of the progress of a pull, a push, an import or a load. */
export const progressSchema = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
  error: z.string().optional(),
  stream: z.string().optional(),
  aux: z.object({ Digest: z.string().optional() }).optional(),
})
export type Progress = z.infer<typeof progressSchema>

/** The engine writes `-1` for an unknown size. */
const bytes = z.number().transform((value) => Math.max(0, value))

/** GET /system/df. A list without entries may be null. */
export const diskUsageSchema = z.object({
  LayersSize: bytes.nullish(),
  Images: z
    .array(
      z.object({ Id: z.string(), RepoTags: texts, Size: bytes, SharedSize: bytes, Containers: z.number() }),
    )
    .nullish(),
  Containers: z
    .array(z.object({ Id: z.string(), Names: texts, State: z.string(), SizeRw: bytes.nullish() }))
    .nullish(),
  Volumes: z
    .array(
      z.object({ Name: z.string(), UsageData: z.object({ Size: bytes, RefCount: z.number() }).nullish() }),
    )
    .nullish(),
  BuildCache: z
    .array(
      z.object({
        ID: z.string(),
        Description: z.string().nullish(),
        InUse: z.boolean(),
        Shared: z.boolean(),
        Size: bytes,
      }),
    )
    .nullish(),
})
export type EngineDiskUsage = z.infer<typeof diskUsageSchema>

/** The answer to a prune of containers, images or the build cache. */
export const pruneSchema = z.object({
  ContainersDeleted: texts,
  ImagesDeleted: z.array(z.object({ Deleted: z.string().optional() })).nullish(),
  CachesDeleted: texts,
  SpaceReclaimed: z.number().nullish(),
})

/** GET /system/df?type=image. */
export const layersSizeSchema = z.object({ LayersSize: bytes.nullish() })
