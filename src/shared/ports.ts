import { z } from 'zod'
import { berthErrorSchema } from './errors'

export const protocols = ['tcp', 'udp', 'sctp'] as const
export type Protocol = (typeof protocols)[number]

export const portNumberSchema = z.number().int().min(1).max(65535)

/** One published port as the container asks for it (`docker run -p hostIp:hostPort:containerPort/protocol`). */
export const portBindingSchema = z.object({
  /** Empty when none was named: Berth then listens on the host's loopback only. */
  hostIp: z.string(),
  hostPort: portNumberSchema,
  containerPort: portNumberSchema,
  protocol: z.enum(protocols),
})
export type PortBinding = z.infer<typeof portBindingSchema>

/** A host port, whatever container publishes it. */
export const networkPortSchema = z.object({ port: portNumberSchema, protocol: z.enum(['tcp', 'udp']) })
export type NetworkPort = z.infer<typeof networkPortSchema>

/** What became of a port binding on the host. */
export const portForwardSchema = z.object({
  containerId: z.string(),
  binding: portBindingSchema,
  /** The host address that listens, e.g. 127.0.0.1. */
  address: z.string(),
  state: z.enum(['open', 'failed']),
  /** The user wants the local network to reach it, though its container did not ask for that. */
  toNetwork: z.boolean(),
  /** Why it is failed; of an open one, why the local network does not reach it though it should. */
  error: berthErrorSchema.optional(),
})
export type PortForward = z.infer<typeof portForwardSchema>
