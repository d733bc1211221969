import { z } from 'zod'
import { containerStates } from './container-states'
import { portBindingSchema } from './ports'

export { containerStates, type ContainerRunState, isActive } from './container-states'
export { environmentVariableSchema, objectNameSchema } from './object-names'
export { type RunRequest, runRequestSchema } from './run'

export const containerMountSchema = z.object({
  type: z.enum(['bind', 'volume', 'tmpfs', 'npipe', 'cluster', 'image']),
  /** The volume's name, or the bind mount's path in the machine. */
  source: z.string(),
  destination: z.string(),
  readOnly: z.boolean(),
})
export type ContainerMount = z.infer<typeof containerMountSchema>

/** A container's place in one network. */
export const containerEndpointSchema = z.object({
  network: z.string(),
  /** Empty until the container has started for the first time. */
  networkId: z.string(),
  /** The addresses. Empty while the container does not run, or if it has none of this family. */
  ipv4: z.string(),
  ipv6: z.string(),
  mac: z.string(),
  /** The names that the user has given to the container in this network. */
  aliases: z.array(z.string()),
  /** Every name by which the network's containers can find this container. Empty on the default bridge. */
  dnsNames: z.array(z.string()),
})
export type ContainerEndpoint = z.infer<typeof containerEndpointSchema>

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
  /** `host`, `none`, `container:ID` (the network of another container), or the name of the first network. */
  networkMode: z.string(),
  endpoints: z.array(containerEndpointSchema),
  /** Whether a network gives the container an IPv6 address. True only while the container runs. */
  ipv6: z.boolean(),
  labels: z.record(z.string(), z.string()),
  autoRemove: z.boolean(),
  tty: z.boolean(),
  /** The process id in the machine's process namespace; 0 if the container is not running. */
  pid: z.number(),
})
export type Container = z.infer<typeof containerSchema>
