import { z } from 'zod'
import { portBindingSchema } from './ports'

/*
 * The facts of the Stack page: what runs below a container, from the hardware up. Sizes are in bytes. A fact is null if
 * it cannot be read now, or not on this system.
 */

const bytes = z.number().nonnegative()
/** Processors in use: 0.5 is half of one processor. Null until it has been measured. */
const cpu = z.number().nonnegative().nullable()

/** This computer and its operating system. */
export const computerFactsSchema = z.object({
  /** The processor's name, such as `Apple M3`. */
  processor: z.string(),
  /** The number of logical processors. */
  processors: z.number().int().positive(),
  architecture: z.string(),
  cpu,
  memory: z.object({
    total: bytes,
    /** Null on macOS: Node knows only memory that nothing uses, and macOS uses nearly all memory for caches. */
    available: bytes.nullable(),
  }),
  /** The file system that holds Berth's files. */
  disk: z.object({ folder: z.string(), total: bytes, free: bytes }).nullable(),
  /** Whether this computer is a virtual machine itself. Null if the system does not say. */
  virtual: z.boolean().nullable(),
  /** The operating system's name and version, such as `macOS 15.6`. */
  system: z.string(),
  /** The kernel's name and version, such as `Darwin 24.6.0`. */
  kernel: z.string(),
  /** Seconds since this computer has started. */
  uptime: z.number().nonnegative(),
})
export type ComputerFacts = z.infer<typeof computerFactsSchema>

/** The QEMU process of the machine. */
export const qemuFactsSchema = z.object({
  pid: z.number().int().positive(),
  program: z.string(),
  version: z.string(),
  /** The size of the machine. */
  processors: z.number().int().positive(),
  memory: bytes,
  cpu,
  /** The memory that the process takes on this computer. */
  resident: bytes.nullable(),
})
export type QemuFacts = z.infer<typeof qemuFactsSchema>

const daemonSchema = z.object({ pid: z.number().int().positive(), resident: bytes })

/** The kernel of the machine, and the engine's programs on it. */
export const guestFactsSchema = z.object({
  kernel: z.string(),
  /** Seconds. */
  uptime: z.number().nonnegative(),
  processors: z.number().int().positive(),
  cpu,
  memory: z.object({ total: bytes, available: bytes }),
  /** The file system on the data disk. Null until the machine has mounted it. */
  disk: z.object({ total: bytes, used: bytes, free: bytes }).nullable(),
  cgroup: z.object({
    version: z.union([z.literal(1), z.literal(2)]),
    /** What cgroups can measure and limit, such as `memory`. Empty for version 1. */
    controllers: z.array(z.string()),
    /** The first level of the hierarchy. */
    groups: z.array(z.string()),
  }),
  /** The kinds of namespaces that the kernel has. */
  namespaces: z.array(z.string()),
  dockerd: daemonSchema.nullable(),
  containerd: daemonSchema.nullable(),
  /** The number of containerd's shims. Each running container has one. */
  shims: z.number().int().nonnegative(),
})
export type GuestFacts = z.infer<typeof guestFactsSchema>

/** What the engine reports about its parts. */
export const enginePartsSchema = z.object({
  /** Such as Engine, containerd, runc and docker-init, with their versions. */
  components: z.array(z.object({ name: z.string(), version: z.string(), commit: z.string() })),
  storageDriver: z.string(),
  /** Further facts about the storage driver, such as `Backing Filesystem`. */
  storage: z.array(z.object({ name: z.string(), value: z.string() })),
  /** The folder in the machine that holds images, containers and volumes. */
  folder: z.string(),
  cgroupDriver: z.string(),
  /** The runtime that starts containers, if a container does not choose another one. */
  runtime: z.string(),
  /** Such as `seccomp` and `cgroupns`. */
  security: z.array(z.string()),
})
export type EngineParts = z.infer<typeof enginePartsSchema>

export const stackFactsSchema = z.object({
  computer: computerFactsSchema,
  /** Null while no QEMU runs. */
  qemu: qemuFactsSchema.nullable(),
  /** Null while the machine does not run, or does not answer. After a pause, these are the facts before the pause. */
  guest: guestFactsSchema.nullable(),
  engine: enginePartsSchema.nullable(),
})
export type StackFacts = z.infer<typeof stackFactsSchema>

/** Milliseconds between two readings while a window shows the page. */
export const stackReadingMs = 3_000

/** Why a part of a request's path does not exist, or is not known. */
export const absentReasons = [
  /** The container publishes no port. */
  'not-published',
  'not-running',
  'machine-off',
  'paused',
  /** The port is published, but Berth could not open it on this computer. */
  'not-open',
  /** Berth cannot carry SCTP. */
  'sctp',
  /** The container is in the machine's own network. */
  'host-network',
  /** The container has no network. */
  'no-network',
  /** The network has another driver, such as macvlan. */
  'other-driver',
  'nobody-listens',
  'unreadable',
] as const
export type AbsentReason = (typeof absentReasons)[number]

/** A hop has either facts, or a reason why it has none. */
function hop<Kind extends string, Facts extends z.ZodType>(kind: Kind, facts: Facts) {
  return z.object({
    kind: z.literal(kind),
    facts: facts.nullable(),
    absent: z.enum(absentReasons).nullable(),
  })
}

const address = z.string()
const port = z.number().int()
const pid = z.number().int().positive()

/** A hop of a request's path, from the browser to the program in the container. */
export const pathHopSchema = z.discriminatedUnion('kind', [
  /** The program that sends the request. `url` is null if the port does not speak TCP. */
  hop('client', z.object({ url: z.string().nullable(), protocol: z.enum(['tcp', 'udp', 'sctp']) })),
  /** The port of this computer, and the process that has it open. */
  hop(
    'listener',
    z.object({
      addresses: z.array(address),
      port,
      process: z.object({ pid, name: z.string(), isBerth: z.boolean() }).nullable(),
    }),
  ),
  /** The way into the machine. */
  hop(
    'carrier',
    z.object({
      by: z.enum(['qemu', 'ssh', 'bridge']),
      /** The process of QEMU. */
      pid: pid.nullable(),
      /** The port of this computer on which QEMU listens. Null until the first connection opens it. */
      address: address.nullable(),
      port: port.nullable(),
    }),
  ),
  /** The address of the machine to which the request goes. */
  hop('machine', z.object({ address, port })),
  /** What changes the address of the request to that of the container. */
  hop(
    'translation',
    z.object({
      by: z.enum(['nat', 'proxy']),
      /** The rule of the kernel. Null for the proxy. */
      rule: z.string().nullable(),
      /** The process of the proxy. */
      pid: pid.nullable(),
      /** Where the request goes from here. */
      address,
      port,
    }),
  ),
  hop('bridge', z.object({ name: z.string(), addresses: z.array(address), network: z.string() })),
  /** The two ends of the virtual cable between the bridge and the container. */
  hop(
    'veth',
    z.object({
      machine: z.object({ name: z.string(), index: z.number().int() }),
      container: z.object({ name: z.string(), index: z.number().int(), mac: z.string() }),
    }),
  ),
  hop(
    'namespace',
    z.object({
      /** The kernel's number of the network namespace. */
      id: z.string(),
      isMachines: z.boolean(),
      addresses: z.array(address),
      /** The names of other containers in the same namespace. */
      sharedWith: z.array(z.string()),
    }),
  ),
  /** The process that listens on the port. Without a port, the container's first process. */
  hop(
    'process',
    z.object({
      pid,
      /** The process id in the container's own namespace. */
      inner: pid,
      command: z.string(),
      /** Where it listens. Null without a port. */
      listens: z.object({ address, port }).nullable(),
    }),
  ),
])
export type PathHop = z.infer<typeof pathHopSchema>
export type HopKind = PathHop['kind']
export type HopOf<Kind extends HopKind> = Extract<PathHop, { kind: Kind }>

export const pathRequestSchema = z.object({
  id: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/),
  /** The published port. Null for a container that publishes none. */
  port: portBindingSchema.nullable(),
})
export type PathRequest = z.infer<typeof pathRequestSchema>

/** The hops in the order of the request. */
export const requestPathSchema = z.object({ hops: z.array(pathHopSchema) })
export type RequestPath = z.infer<typeof requestPathSchema>
