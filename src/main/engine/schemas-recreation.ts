import { z } from 'zod'

/**
 * The parts of an inspected container with which Berth creates the container again. The schemas keep every other part
 * of the engine's answer, because the new container needs those parts too.
 */
const strings = z.record(z.string(), z.string())
const list = z.array(z.string()).nullish()

const hostPortSchema = z.looseObject({ HostIp: z.string().optional(), HostPort: z.string().optional() })

const mountConfigSchema = z.looseObject({
  Type: z.string(),
  Source: z.string().optional(),
  Target: z.string().optional(),
  ReadOnly: z.boolean().optional(),
  TmpfsOptions: z.looseObject({ SizeBytes: z.number().optional() }).nullish(),
})
export type MountConfig = z.infer<typeof mountConfigSchema>

const healthConfigSchema = z.looseObject({
  Test: list,
  Interval: z.number().optional(),
  Timeout: z.number().optional(),
  StartPeriod: z.number().optional(),
  Retries: z.number().optional(),
})

/** The form in which the engine shows and takes a container's restart policy. */
export const restartPolicySchema = z.looseObject({
  Name: z.string(),
  MaximumRetryCount: z.number().optional(),
})
export type RestartPolicy = z.infer<typeof restartPolicySchema>

const hostConfigSchema = z.looseObject({
  Binds: list,
  Mounts: z.array(mountConfigSchema).nullish(),
  Tmpfs: strings.nullish(),
  VolumesFrom: list,
  Links: list,
  NetworkMode: z.string().optional(),
  PortBindings: z.record(z.string(), z.array(hostPortSchema).nullable()).nullish(),
  RestartPolicy: restartPolicySchema.optional(),
  AutoRemove: z.boolean().optional(),
  NanoCpus: z.number().optional(),
  CpuPeriod: z.number().optional(),
  CpuQuota: z.number().optional(),
  Memory: z.number().optional(),
  MemorySwap: z.number().optional(),
  PidsLimit: z.number().nullish(),
  ExtraHosts: list,
  Dns: list,
  CapAdd: list,
  CapDrop: list,
  Devices: z
    .array(
      z.looseObject({ PathOnHost: z.string(), PathInContainer: z.string(), CgroupPermissions: z.string() }),
    )
    .nullish(),
  ReadonlyRootfs: z.boolean().optional(),
  Init: z.boolean().nullish(),
  Privileged: z.boolean().optional(),
  PidMode: z.string().optional(),
  LogConfig: z.looseObject({ Type: z.string().optional(), Config: strings.nullish() }).optional(),
})

const configSchema = z.looseObject({
  Image: z.string(),
  Hostname: z.string().optional(),
  User: z.string().optional(),
  Env: list,
  Cmd: list,
  Entrypoint: list,
  WorkingDir: z.string().optional(),
  StopSignal: z.string().optional(),
  Labels: strings.nullish(),
  Volumes: z.record(z.string(), z.unknown()).nullish(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  Healthcheck: healthConfigSchema.nullish(),
  Shell: list,
  Tty: z.boolean().optional(),
  OpenStdin: z.boolean().optional(),
  MacAddress: z.string().optional(),
})
export type ContainerConfig = z.infer<typeof configSchema>

const endpointSchema = z.looseObject({
  Aliases: list,
  Links: list,
  DriverOpts: strings.nullish(),
  IPAMConfig: z
    .looseObject({ IPv4Address: z.string().optional(), IPv6Address: z.string().optional() })
    .nullish(),
  IPAddress: z.string().optional(),
  MacAddress: z.string().optional(),
  GwPriority: z.number().optional(),
  NetworkID: z.string().optional(),
})
export type EndpointConfig = Partial<z.infer<typeof endpointSchema>>

export const recreationInspectSchema = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  /** The image's id. */
  Image: z.string(),
  State: z.looseObject({ Status: z.string() }),
  Config: configSchema,
  HostConfig: hostConfigSchema,
  NetworkSettings: z.looseObject({ Networks: z.record(z.string(), endpointSchema).nullish() }),
  Mounts: z
    .array(
      z.looseObject({
        Type: z.string(),
        Name: z.string().optional(),
        Source: z.string().optional(),
        Destination: z.string(),
        RW: z.boolean(),
      }),
    )
    .nullish(),
})
export type RecreationInspect = z.infer<typeof recreationInspectSchema>

/** The configuration that a container inherits from its image. */
export const imageConfigSchema = z.looseObject({
  Os: z.string().optional(),
  Architecture: z.string().optional(),
  Variant: z.string().optional(),
  Config: configSchema.omit({ Image: true }).nullish(),
})
export type ImageConfig = NonNullable<z.infer<typeof imageConfigSchema>['Config']>

/** The body of `POST /containers/create`. */
export type CreateBody = ContainerConfig & {
  HostConfig: z.infer<typeof hostConfigSchema>
  NetworkingConfig: { EndpointsConfig: Record<string, EndpointConfig> }
}

/** GET /distribution/REFERENCE/json */
export const distributionSchema = z.object({ Descriptor: z.object({ digest: z.string() }) })

export const imagePlatformSchema = z.object({ Os: z.string(), Architecture: z.string() })

/** How a container's last run ended, and the outputs of its last health checks. The newest is the last. */
export const lastStateSchema = z.object({
  State: z.object({
    ExitCode: z.number(),
    Health: z.object({ Log: z.array(z.object({ Output: z.string() })).nullish() }).nullish(),
  }),
})
