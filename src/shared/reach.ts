import { z } from 'zod'
import { parseAddress } from './ip-ranges'
import { networkAliasSchema } from './networks'
import { portNumberSchema } from './ports'

/** A host name, or an IP address. The form excludes everything that a shell or a program's options could read. */
export const hostNameSchema = networkAliasSchema.or(
  z.string().refine((text) => parseAddress(text) !== undefined),
)

export const reachRequestSchema = z.object({
  /** The id of the running container from whose network Berth tries. */
  from: z.string().min(1),
  to: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('container'), id: z.string().min(1) }),
    z.object({ kind: z.literal('host'), name: hostNameSchema }),
  ]),
  /** The TCP port. Null for a ping. */
  port: portNumberSchema.nullable(),
})
export type ReachRequest = z.infer<typeof reachRequestSchema>

export const reachStepSchema = z.discriminatedUnion('step', [
  z.object({
    step: z.literal('networks'),
    /** The names of the networks that both containers use. */
    common: z.array(z.string()),
    from: z.array(z.string()),
    to: z.array(z.string()),
  }),
  z.object({
    step: z.literal('resolve'),
    name: z.string(),
    /** The address of the asked name server. Empty if the container's hosts file has the name, or nobody was asked. */
    server: z.string(),
    outcome: z.enum(['found', 'not-found', 'no-answer']),
    addresses: z.array(z.string()),
  }),
  z.object({
    step: z.literal('connect'),
    address: z.string(),
    /** Null for a ping. */
    port: z.number().nullable(),
    outcome: z.enum(['reached', 'refused', 'timeout', 'unreachable']),
    /** The message of the program that tried. */
    detail: z.string(),
  }),
  z.object({
    step: z.literal('listening'),
    /** On which of the target's addresses a server listens on the port. */
    outcome: z.enum(['all', 'loopback', 'other-address', 'nobody']),
    addresses: z.array(z.string()),
    /** The TCP ports on which the target listens for others. */
    ports: z.array(z.number()),
  }),
])
export type ReachStep = z.infer<typeof reachStepSchema>

export const reachVerdicts = [
  'reached',
  /** The address works, but the name does not. */
  'address-only',
  /** The port accepts connections, but the target is paused. */
  'reached-paused',
  'refused',
  'refused-loopback',
  'refused-nobody',
  'timeout',
  'unreachable',
  'separate-networks',
  'source-without-network',
  'target-without-network',
  'target-stopped',
  'name-unknown',
  'name-no-answer',
] as const
export type ReachVerdict = (typeof reachVerdicts)[number]

export const reachReportSchema = z.object({
  verdict: z.enum(reachVerdicts),
  steps: z.array(reachStepSchema),
})
export type ReachReport = z.infer<typeof reachReportSchema>
