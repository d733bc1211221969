import { z } from 'zod'
import { restartPolicies } from './run'

/** The kinds of Linux namespaces, in the order in which the page shows them. */
export const namespaceKinds = ['pid', 'net', 'mnt', 'uts', 'ipc', 'user', 'cgroup', 'time'] as const
export type NamespaceKind = (typeof namespaceKinds)[number]

/** A namespace of a container. Two processes with the same id are in the same namespace. */
export const namespaceSchema = z.object({
  kind: z.enum(namespaceKinds),
  /** The inode number, as in `/proc/PID/ns`. */
  id: z.number(),
  /** True if the machine's own processes are in it too. */
  machine: z.boolean(),
  /** The ids of the other running containers that are in it. */
  containers: z.array(z.string()),
})
export type Namespace = z.infer<typeof namespaceSchema>

const optional = z.number().nullable()

/** The share of time in which processes waited for a resource, in percent: the kernel's PSI. */
const stallSchema = z.object({ avg10: z.number(), avg60: z.number(), avg300: z.number() })
export type Stall = z.infer<typeof stallSchema>
const pressureSchema = z
  .object({
    /** At least one process waited. */
    some: stallSchema,
    /** All processes waited. Null if the kernel does not measure it. */
    full: stallSchema.nullable(),
  })
  .nullable()
export type Pressure = z.infer<typeof pressureSchema>

/** What the kernel keeps in a container's cgroup. Null: no limit, or this kernel does not have the file. */
export const cgroupSchema = z.object({
  /** The folder of the cgroup in the machine. */
  path: z.string(),
  cpu: z.object({
    /** Processors. */
    limit: optional,
    /** 1 to 10,000; the kernel's default is 100. */
    weight: optional,
    /** The processors that the container may use, such as `0-1`. */
    processors: z.string(),
    /** True if the container may use only some of the machine's processors. */
    pinned: z.boolean(),
    /** Microseconds of processor time since the container's start. */
    used: z.number(),
    user: z.number(),
    system: z.number(),
    /** How many periods the container has run in while it had a limit, and in how many it had to wait. */
    periods: z.number(),
    throttledPeriods: z.number(),
    /** Microseconds that its threads have waited. */
    throttled: z.number(),
    pressure: pressureSchema,
  }),
  /** Bytes. */
  memory: z.object({
    limit: optional,
    /** From here on, the kernel slows the container down and takes memory back. */
    high: optional,
    swapLimit: optional,
    /** With the file cache. */
    current: optional,
    swap: optional,
    peak: optional,
    /** How often the memory reached the limit, and how many processes the kernel has killed. */
    atLimit: z.number(),
    killed: z.number(),
    pressure: pressureSchema,
  }),
  pids: z.object({
    limit: optional,
    current: optional,
    peak: optional,
    /** How many new processes the kernel has refused. */
    refused: z.number(),
  }),
  io: z.object({
    /** Bytes and operations since the container's start, of all disks. */
    read: z.number(),
    written: z.number(),
    reads: z.number(),
    writes: z.number(),
    /** The limits as the kernel writes them. Empty if there is none. */
    limits: z.string(),
    pressure: pressureSchema,
  }),
})
export type Cgroup = z.infer<typeof cgroupSchema>

/** How the kernel handles the system calls of a process. */
export const seccompModes = ['off', 'strict', 'filter'] as const

const capabilitySet = z.array(z.number().int())

/** The rights of a container's first process. A capability is the kernel's number of it. */
export const rightsSchema = z.object({
  user: z.number(),
  group: z.number(),
  /** What the process may do now. */
  effective: capabilitySet,
  /** What any process of the container can have at most. */
  bounding: capabilitySet,
  /** What a program keeps that another user than root starts. */
  ambient: capabilitySet,
  noNewPrivileges: z.boolean(),
  seccomp: z.enum(seccompModes),
  seccompFilters: z.number(),
  /** The label of AppArmor or SELinux. Empty if the machine uses neither. */
  label: z.string(),
})
export type Rights = z.infer<typeof rightsSchema>

/** A mount that a process of the container sees. Paths are percent-encoded, as in `file-paths`. */
export const containerMountPointSchema = z.object({
  path: z.string(),
  type: z.string(),
  /** The folder of the mounted file system. */
  root: z.string(),
  readOnly: z.boolean(),
})
export type MountPoint = z.infer<typeof containerMountPointSchema>

/** What isolates a running container. Each event has the whole state of its part. */
export const isolationEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('namespaces'), namespaces: z.array(namespaceSchema) }),
  z.object({ type: z.literal('cgroup'), cgroup: cgroupSchema }),
  z.object({ type: z.literal('rights'), rights: rightsSchema }),
  z.object({ type: z.literal('mounts'), mounts: z.array(containerMountPointSchema) }),
])
export type IsolationEvent = z.infer<typeof isolationEventSchema>

export const socketKinds = ['tcp', 'tcp6', 'udp', 'udp6', 'unix'] as const
export const socketStates = ['listening', 'connected', 'other'] as const

/** What a process has open. Paths are percent-encoded. */
export const openFilesSchema = z.object({
  folder: z.string(),
  program: z.string(),
  /** `number` is the file descriptor. */
  files: z.array(z.object({ number: z.number(), target: z.string() })),
  sockets: z.array(
    z.object({
      number: z.number(),
      kind: z.enum(socketKinds),
      state: z.enum(socketStates),
      /** An address with a port, or the encoded path of a unix socket. */
      local: z.string(),
      /** Empty if the socket has no peer. */
      remote: z.string(),
    }),
  ),
  /** True if the process has more open files than Berth lists. */
  more: z.boolean(),
})
export type OpenFiles = z.infer<typeof openFilesSchema>

/** A layer of a container's file system. */
export const layerSchema = z.object({
  /** `own`: what the container has written. `engine`: empty places for mounts. `image`: a layer of the image. */
  kind: z.enum(['own', 'engine', 'image']),
  /** The instruction that made the layer. Null if the engine does not know it. */
  step: z
    .object({ createdBy: z.string(), comment: z.string(), size: z.number(), createdAt: z.number() })
    .nullable(),
})
export type Layer = z.infer<typeof layerSchema>

export const layersSchema = z.object({
  driver: z.string(),
  /** The top layer first. Null if the engine's storage driver does not use overlay2's layers. */
  layers: z.array(layerSchema).nullable(),
})
export type Layers = z.infer<typeof layersSchema>

/** `deleted`: the layer removes the name, so that no layer below it counts. */
export const entryTypes = ['file', 'folder', 'link', 'deleted', 'other'] as const
export type EntryType = (typeof entryTypes)[number]

/** Where a path of a container comes from. Paths are percent-encoded. */
export const pathOriginSchema = z.object({
  /** The path without symbolic links. */
  path: z.string(),
  /** True if something else than a layer is mounted at this path. */
  mount: z.boolean(),
  /** Each layer that has the path, the top layer first. `layer` is its place in {@link layersSchema}. */
  found: z.array(
    z.object({
      layer: z.number(),
      type: z.enum(entryTypes),
      size: z.number(),
      /** True if a layer above hides this entry. */
      hidden: z.boolean(),
    }),
  ),
  /** The target, if the path is a symbolic link. */
  link: z.string(),
})
export type PathOrigin = z.infer<typeof pathOriginSchema>

/** A system call that the kernel has refused to a program of a container, as often as it did. */
const refusalSchema = z.object({
  /** Percent-encoded: a process may have any bytes as its name. */
  program: z.string(),
  /** The number in the machine of the last process that made the call. */
  pid: z.number(),
  /** The name of the call. Empty if Berth does not know it. */
  call: z.string(),
  error: z.enum(['EPERM', 'EACCES']),
  reason: z.discriminatedUnion('kind', [
    /** The kernel's number of the capability that is missing. */
    z.object({ kind: z.literal('capability'), capability: z.number().int() }),
    z.object({ kind: z.literal('seccomp') }),
    /** The permissions of a file, or a rule of the kernel that knows no exception. */
    z.object({ kind: z.literal('other') }),
  ]),
  times: z.number().int(),
})
export type Refusal = z.infer<typeof refusalSchema>

/** What the kernel has refused to a container since somebody began to watch. */
export const refusalsSchema = z.object({
  refusals: z.array(refusalSchema),
  /** True if there are more kinds of refusals than Berth lists. */
  more: z.boolean(),
  /** True if the container made more calls than the kernel could record. */
  lost: z.boolean(),
})
export type Refusals = z.infer<typeof refusalsSchema>

export const layerChangesSchema = z.object({
  changes: z.array(
    z.object({
      kind: z.enum(['added', 'changed', 'deleted']),
      type: z.enum(entryTypes),
      size: z.number(),
      path: z.string(),
    }),
  ),
  /** True if there are more changes than Berth lists. */
  more: z.boolean(),
})
export type LayerChanges = z.infer<typeof layerChangesSchema>

/** The least memory limit that the engine accepts, in bytes. */
export const leastMemory = 6 * 1024 ** 2
/** A list of processors, such as `0-2,4`. */
export const processorList = /^\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*$/

/** The limits of a container that can change while it runs. Null means no limit. */
export const changeableLimitsSchema = z.object({
  /** Processors. */
  cpus: z.number().min(0.01).max(1024).nullable(),
  /** The share of the processors when they are busy. The engine's default is 1024. */
  cpuShares: z.number().int().min(2).max(262_144).nullable(),
  /** The processors to use. Empty for all. */
  processors: z.literal('').or(z.string().regex(processorList)),
  /** Bytes. */
  memory: z.number().int().min(leastMemory).max(Number.MAX_SAFE_INTEGER).nullable(),
  pids: z.number().int().min(1).max(4_194_304).nullable(),
  restart: z.object({
    policy: z.enum(restartPolicies),
    /** For `on-failure`; 0 means without end. */
    retries: z.number().int().min(0).max(100_000),
  }),
})
export type ChangeableLimits = z.infer<typeof changeableLimitsSchema>

/** The limits in the engine's own words: see `HostConfig` of the Engine API. 0 and an empty text mean no limit. */
export const storedLimitsSchema = z.object({
  NanoCpus: z.number(),
  CpuQuota: z.number(),
  CpuPeriod: z.number(),
  CpuShares: z.number(),
  CpusetCpus: z.string(),
  Memory: z.number(),
  /** The sum of memory and swap. */
  MemorySwap: z.number(),
  PidsLimit: z.number(),
  RestartPolicy: z.object({ Name: z.string(), MaximumRetryCount: z.number() }).nullish(),
})
export type StoredLimits = z.infer<typeof storedLimitsSchema>

export const currentLimitsSchema = z.object({ limits: changeableLimitsSchema, stored: storedLimitsSchema })
export type CurrentLimits = z.infer<typeof currentLimitsSchema>
