import { z } from 'zod'
import { imageReferenceSchema } from './images'
import { environmentVariableSchema, objectNameSchema } from './object-names'
import { overlaps } from './port-addresses'
import { portBindingSchema, portNumberSchema } from './ports'

// The messages of these schemas are keys of the texts under `run.problems`.

const containerPathSchema = z.string().regex(/^\/[^\0]*$/)
/** The separators of the engine's notations must not be in a text that becomes a part of such a notation. */
const word = /^[^\s,:=\0]+$/
const hostnameSchema = z
  .string()
  .max(253)
  .regex(/^[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?$/, 'hostname')
const ipSchema = z.union([z.ipv4(), z.ipv6()], 'address')

export const restartPolicies = ['no', 'on-failure', 'unless-stopped', 'always'] as const

const secondsSchema = z.number('seconds').min(0, 'seconds').max(86_400, 'seconds')

/** How the engine finds out whether the container is healthy. The default is the image's own check. */
const healthSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('image') }),
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('command'),
    /** A shell command. */
    command: z
      .string()
      .min(1, 'healthCommand')
      .regex(/^[^\0]*$/),
    /** In seconds. 0 means the engine's default, which is 30, 30 and 0 seconds. */
    interval: secondsSchema,
    timeout: secondsSchema,
    startPeriod: secondsSchema,
    /** 0 means the engine's default, which is 3. */
    retries: z.number('count').int('count').min(0, 'count').max(1000, 'count'),
  }),
])

const networkSchema = z.object({
  /** The network's name, or `host` or `none`. */
  network: objectNameSchema,
  /** Further names of the container in the network. */
  aliases: z.array(z.string().regex(word, 'alias')),
  /** Fixed addresses. Empty if the network chooses. */
  ipv4: z.literal('').or(z.ipv4('address')),
  ipv6: z.literal('').or(z.ipv6('address')),
})

/** True if a host port cannot be published on both addresses at the same time. */
function excludes(a: string, b: string): boolean {
  return overlaps(a === '' ? '127.0.0.1' : a, b === '' ? '127.0.0.1' : b)
}

/** The most ports that a container may publish. */
export const mostPorts = 1000

/** The least memory limit that the engine accepts, in bytes. */
const leastMemory = 6 * 1024 ** 2

/** The settings of a container that users choose in the form for run and edit. The optional ones are rarely needed. */
export const runRequestSchema = z
  .object({
    image: imageReferenceSchema,
    name: objectNameSchema.optional(),
    /** The arguments, already split. Empty for the image's default command. */
    command: z.array(z.string().regex(/^[^\0]*$/)),
    environment: z.array(environmentVariableSchema),
    ports: z
      .array(
        portBindingSchema.extend({
          hostIp: z.literal('').or(z.ipv4()).or(z.ipv6()),
          /** 0 lets the engine choose a free port at each start. */
          hostPort: portNumberSchema.or(z.literal(0)),
          protocol: z.enum(['tcp', 'udp']),
        }),
      )
      .max(mostPorts),
    volumes: z.array(
      z.object({
        /** The volume's name. Empty for a new anonymous volume. */
        volume: objectNameSchema.or(z.literal('')),
        path: containerPathSchema,
        readOnly: z.boolean(),
      }),
    ),
    /** Folders or files on the host. */
    binds: z
      .array(z.object({ hostPath: z.string().min(1), path: containerPathSchema, readOnly: z.boolean() }))
      .optional(),
    autoRemove: z.boolean(),
    tty: z.boolean(),
    /** Already split. Empty for the image's own entry point. */
    entrypoint: z.array(z.string().regex(/^[^\0]*$/)).optional(),
    /** Folders in memory. `size` is in bytes; 0 means no limit. */
    tmpfs: z.array(z.object({ path: containerPathSchema, size: z.number('size').int().min(0) })).optional(),
    /** Empty for the image's own folder. */
    workingDirectory: z.literal('').or(containerPathSchema).optional(),
    /** Empty for the image's own user. */
    user: z
      .string()
      .max(255)
      .regex(/^[^\s\0]*$/, 'user')
      .optional(),
    /** Keeps the standard input open. The default is the value of `tty`. */
    openStdin: z.boolean().optional(),
    restart: z
      .object({
        policy: z.enum(restartPolicies),
        /** For `on-failure`. 0 means no limit. */
        retries: z.number('count').int('count').min(0, 'count').max(100_000, 'count'),
      })
      .optional(),
    /** The number of CPUs; 0 means no limit. */
    cpus: z.number('cpus').min(0, 'cpus').max(1024, 'cpus').optional(),
    /** In bytes; 0 means no limit. */
    memory: z
      .literal(0)
      .or(z.number('size').int('size').min(leastMemory, 'memory').max(Number.MAX_SAFE_INTEGER, 'size'))
      .optional(),
    /** The most processes; 0 means no limit. */
    pids: z.number('count').int('count').min(0, 'count').max(4_194_304, 'count').optional(),
    health: healthSchema.optional(),
    labels: z
      .array(
        z.object({
          name: z.string().regex(/^[^=\0]+$/, 'label'),
          value: z.string().regex(/^[^\0]*$/),
        }),
      )
      .optional(),
    /** Empty for the engine's default network. */
    networks: z.array(networkSchema).optional(),
    hostname: z.literal('').or(hostnameSchema).optional(),
    extraHosts: z
      .array(z.object({ name: hostnameSchema, address: ipSchema.or(z.literal('host-gateway')) }))
      .optional(),
    dns: z.array(ipSchema).optional(),
    capAdd: z.array(z.string().regex(/^[A-Za-z_]+$/, 'capability')).optional(),
    capDrop: z.array(z.string().regex(/^[A-Za-z_]+$/, 'capability')).optional(),
    devices: z
      .array(
        z.object({
          /** Paths in the machine and in the container. */
          source: z.string().regex(/^\/dev\/[^\0:]+$/, 'device'),
          path: z.string().regex(/^\/[^\0:]+$/, 'device'),
          permissions: z.string().regex(/^(?!.*(.).*\1)[rwm]{1,3}$/, 'permissions'),
        }),
      )
      .optional(),
    readOnlyRoot: z.boolean().optional(),
    init: z.boolean().optional(),
    /** Gives the container every right in the machine. */
    privileged: z.boolean().optional(),
    /** The container's processes see every process of the machine. */
    hostPid: z.boolean().optional(),
    /** Such as `linux/arm64`. Empty for the machine's own platform. */
    platform: z
      .literal('')
      .or(z.string().regex(/^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?$/, 'platform'))
      .optional(),
    logging: z
      .object({
        /** Empty for the engine's default. */
        driver: z.string().regex(/^[a-zA-Z0-9/:._-]*$/, 'logDriver'),
        options: z.array(
          z.object({ name: z.string().regex(word, 'logOption'), value: z.string().regex(/^[^\0]*$/) }),
        ),
      })
      .optional(),
  })
  .superRefine((request, context) => {
    const hostPorts = new Map<string, string[]>()
    for (const [index, port] of request.ports.entries()) {
      if (port.hostPort === 0) continue
      const key = `${String(port.hostPort)}/${port.protocol}`
      const others = hostPorts.get(key) ?? []
      if (others.some((other) => excludes(other, port.hostIp)))
        context.addIssue({
          code: 'custom',
          path: ['ports', index, 'hostPort'],
          message: 'duplicate-port',
          params: { port: key },
        })
      hostPorts.set(key, [...others, port.hostIp])
    }
    const paths = new Set<string>()
    for (const field of ['volumes', 'binds', 'tmpfs'] as const)
      for (const [index, { path }] of (request[field] ?? []).entries()) {
        if (paths.has(path))
          context.addIssue({
            code: 'custom',
            path: [field, index, 'path'],
            message: 'duplicate-path',
            params: { path },
          })
        paths.add(path)
      }
    if (request.autoRemove && (request.restart?.policy ?? 'no') !== 'no')
      context.addIssue({ code: 'custom', path: ['restart', 'policy'], message: 'restartAutoRemove' })
    const networks = request.networks ?? []
    for (const [index, { network }] of networks.entries()) {
      const isDuplicate = networks.findIndex((other) => other.network === network) !== index
      const isAlone = network === 'host' || network === 'none'
      if (isDuplicate || (isAlone && networks.length > 1))
        context.addIssue({
          code: 'custom',
          path: ['networks', index, 'network'],
          message: isDuplicate ? 'duplicateNetwork' : 'networkAlone',
        })
    }
  })
export type RunRequest = z.infer<typeof runRequestSchema>

/** Every setting of a container that the form knows. Only the name may be missing: then the engine chooses one. */
export type ContainerSpec = {
  [Field in Exclude<keyof RunRequest, 'name'>]-?: Exclude<RunRequest[Field], undefined>
} & { name?: string | undefined }

/** The settings of a container of which nothing is chosen yet, not even the image. */
export function emptySpec(): ContainerSpec {
  return completeSpec({
    image: '',
    command: [],
    environment: [],
    ports: [],
    volumes: [],
    autoRemove: false,
    tty: false,
  })
}

/** Gives every missing setting its default. */
export function completeSpec(request: RunRequest): ContainerSpec {
  return {
    ...request,
    binds: request.binds ?? [],
    entrypoint: request.entrypoint ?? [],
    tmpfs: request.tmpfs ?? [],
    workingDirectory: request.workingDirectory ?? '',
    user: request.user ?? '',
    openStdin: request.openStdin ?? request.tty,
    restart: request.restart ?? { policy: 'no', retries: 0 },
    cpus: request.cpus ?? 0,
    memory: request.memory ?? 0,
    pids: request.pids ?? 0,
    health: request.health ?? { kind: 'image' },
    labels: request.labels ?? [],
    networks: request.networks ?? [],
    hostname: request.hostname ?? '',
    extraHosts: request.extraHosts ?? [],
    dns: request.dns ?? [],
    capAdd: request.capAdd ?? [],
    capDrop: request.capDrop ?? [],
    devices: request.devices ?? [],
    readOnlyRoot: request.readOnlyRoot ?? false,
    init: request.init ?? false,
    privileged: request.privileged ?? false,
    hostPid: request.hostPid ?? false,
    platform: request.platform ?? '',
    logging: request.logging ?? { driver: '', options: [] },
  }
}

export type SpecField = Exclude<keyof ContainerSpec, 'name'>

/** Returns the settings that differ between two specifications. A change of the name is not one of them. */
export function changedFields(before: ContainerSpec, after: ContainerSpec): SpecField[] {
  return (Object.keys(before) as (keyof ContainerSpec)[]).filter(
    (field): field is SpecField =>
      field !== 'name' && JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  )
}
