import { z } from 'zod'
import { containerStates } from './container-states'
import { imageReferenceSchema } from './images'
import { overlaps, portBindingSchema, portNumberSchema } from './ports'

export { containerStates, type ContainerRunState, isActive } from './container-states'

export const containerMountSchema = z.object({
  type: z.enum(['bind', 'volume', 'tmpfs', 'npipe', 'cluster', 'image']),
  /** The volume's name, or the bind mount's path in the machine. */
  source: z.string(),
  destination: z.string(),
  readOnly: z.boolean(),
})
export type ContainerMount = z.infer<typeof containerMountSchema>

export const containerSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The image's name as the user wrote it, for example `node:20`. */
  image: z.string(),
  imageId: z.string(),
  /** The entry point and the arguments, joined like in `docker ps`. */
  command: z.string(),
  /** Milliseconds since the epoch, like all other times in this schema. */
  createdAt: z.number(),
  state: z.enum(containerStates),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
  /** The exit code of the last run; null until the run ends. */
  exitCode: z.number().nullable(),
  health: z.enum(['starting', 'healthy', 'unhealthy']).nullable(),
  /** Why the engine could not start the container. Empty if there was no error. */
  error: z.string(),
  ports: z.array(portBindingSchema),
  /** The ports that the image or container exposes but does not publish, for example `8080/tcp`. */
  exposedPorts: z.array(z.string()),
  mounts: z.array(containerMountSchema),
  networks: z.array(z.string()),
  /** Whether a network gives the container an IPv6 address. True only while the container runs. */
  ipv6: z.boolean(),
  labels: z.record(z.string(), z.string()),
  autoRemove: z.boolean(),
  tty: z.boolean(),
  /** The process id in the machine's process namespace; 0 if the container is not running. */
  pid: z.number(),
})
export type Container = z.infer<typeof containerSchema>

/** The engine's own rule for the names of containers and volumes (`[a-zA-Z0-9][a-zA-Z0-9_.-]+`). */
export const objectNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/)
  .max(255)

export const environmentVariableSchema = z.object({
  name: z.string().regex(/^[^=\s\0]+$/),
  value: z.string().regex(/^[^\0]*$/),
})

const containerPathSchema = z.string().regex(/^\/[^\0]*$/)

/** True if a host port cannot be published on both addresses at the same time. */
function excludes(a: string, b: string): boolean {
  return overlaps(a === '' ? '127.0.0.1' : a, b === '' ? '127.0.0.1' : b)
}

export const runRequestSchema = z
  .object({
    image: imageReferenceSchema,
    name: objectNameSchema.optional(),
    /** The arguments, already split. Empty for the image's default command. */
    command: z.array(z.string()),
    environment: z.array(environmentVariableSchema),
    ports: z
      .array(
        portBindingSchema.extend({
          hostIp: z.literal('').or(z.ipv4()).or(z.ipv6()),
          hostPort: portNumberSchema,
          protocol: z.enum(['tcp', 'udp']),
        }),
      )
      .max(1000),
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
  })
  .superRefine((request, context) => {
    const hostPorts = new Map<string, string[]>()
    for (const [index, port] of request.ports.entries()) {
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
    for (const field of ['volumes', 'binds'] as const)
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
  })
export type RunRequest = z.infer<typeof runRequestSchema>
