import { z } from 'zod'
import { berthErrorSchema } from './errors'

export const protocols = ['tcp', 'udp', 'sctp'] as const
export type Protocol = (typeof protocols)[number]

export const portNumberSchema = z.number().int().min(1).max(65535)

/** A published port as the container requests it (`docker run -p hostIp:hostPort:containerPort/protocol`). */
export const portBindingSchema = z.object({
  /** The address on the host. Empty means the loopback. The user can open a loopback port to the local network. */
  hostIp: z.string(),
  hostPort: portNumberSchema,
  containerPort: portNumberSchema,
  protocol: z.enum(protocols),
})
export type PortBinding = z.infer<typeof portBindingSchema>

/** A host port that the user opens to the local network, for any container that publishes it. */
export const networkPortSchema = z.object({ port: portNumberSchema, protocol: z.enum(['tcp', 'udp']) })
export type NetworkPort = z.infer<typeof networkPortSchema>

/** The state of a port binding on the host. */
export const portForwardSchema = z.object({
  containerId: z.string(),
  binding: portBindingSchema,
  /** The host address on which Berth listens, e.g. 127.0.0.1. */
  address: z.string(),
  state: z.enum(['open', 'failed']),
  /** True if the user has opened the port to the local network, and the container has not requested this. */
  toNetwork: z.boolean(),
  /** Why the port is not open. If `state` is `open`, why the port is not open to the local network. */
  error: berthErrorSchema.optional(),
})
export type PortForward = z.infer<typeof portForwardSchema>
