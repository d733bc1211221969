import { z } from 'zod'
import { objectNameSchema } from './object-names'
import { portBindingSchema } from './ports'

const bytes = z.number()
const time = z.number()

/** An end of a container that nobody has asked for. `time` is in milliseconds since the epoch. */
export const containerEndSchema = z.object({ time, code: z.number(), outOfMemory: z.boolean() })
export type ContainerEnd = z.infer<typeof containerEndSchema>

/** What a rule has found in the setup of a container, with the measured figures. */
export const findingSchema = z.discriminatedUnion('rule', [
  /** A restart of the machine or the engine has stopped the container, and it has no restart policy. */
  z.object({ rule: z.literal('restart-policy'), finishedAt: time }),
  /** The container ends and is started again, over and over. `ends` are the last ones, the newest first. */
  z.object({
    rule: z.literal('restart-loop'),
    count: z.number(),
    minutes: z.number(),
    ends: z.array(containerEndSchema),
  }),
  /** The health check has failed `failures` times, each time since the container's start. */
  z.object({ rule: z.literal('health'), failures: z.number() }),
  /** Other computers of the network can reach these ports, because the container asks for it. */
  z.object({ rule: z.literal('published'), ports: z.array(portBindingSchema) }),
  /** Other computers of the network can reach these ports, because the user has opened them in Berth. */
  z.object({ rule: z.literal('network-switch'), ports: z.array(portBindingSchema) }),
  /** `path` is the mount point in the container. */
  z.object({ rule: z.literal('docker-socket'), path: z.string() }),
  /** `uses` are the devices and capabilities that the container asks for by name. */
  z.object({ rule: z.literal('privileged'), uses: z.array(z.string()) }),
  z.object({ rule: z.literal('host-namespaces'), pid: z.boolean(), network: z.boolean() }),
  /** Without a limit, the container uses most of the machine's memory. */
  z.object({ rule: z.literal('memory'), used: bytes, machine: bytes }),
  /** The memory limits of `containers` running containers together are more than the machine has. */
  z.object({ rule: z.literal('memory-sum'), limits: bytes, containers: z.number(), machine: bytes }),
  /** What the container has written beside its volumes. `folder`, an encoded path, holds the largest part. */
  z.object({ rule: z.literal('layer-data'), written: bytes, folder: z.string(), inFolder: bytes }),
  /** The log's file has no maximum. */
  z.object({ rule: z.literal('log'), size: bytes }),
  /** The container's tag now means another image in the machine, which is `days` newer. */
  z.object({ rule: z.literal('image'), image: z.string(), days: z.number() }),
])
export type Finding = z.infer<typeof findingSchema>
export type HintRule = Finding['rule']
export const hintRules = findingSchema.options.map(({ shape }) => shape.rule.value)
export type FindingOf<Rule extends HintRule> = Extract<Finding, { rule: Rule }>

/** The rules that Berth itself can mend immediately. The others open the place where the user makes the change. */
export const mendableRules = [
  'restart-policy',
  'restart-loop',
  'network-switch',
] as const satisfies readonly HintRule[]
export type MendableRule = (typeof mendableRules)[number]

/** A finding about a container. */
export const hintSchema = z.object({
  /** The id and the name of the container. */
  id: z.string(),
  container: z.string(),
  /** The compose project that manages the container. Null if none does. */
  project: z.string().nullable(),
  /** True if the user has dismissed this rule for the containers of this name. */
  dismissed: z.boolean(),
  finding: findingSchema,
})
export type Hint = z.infer<typeof hintSchema>

export const hintListSchema = z.object({ hints: z.array(hintSchema) })
export type HintList = z.infer<typeof hintListSchema>

export const dismissalSchema = z.object({ container: objectNameSchema, rule: z.enum(hintRules) })
export type Dismissal = z.infer<typeof dismissalSchema>
