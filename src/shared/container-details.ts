import { z } from 'zod'
import { containerMountSchema } from './containers'
import { restartPolicies } from './run'

const text = z.string()
const texts = z.array(text)

/** One run of a container's health check. */
export const healthProbeSchema = z.object({
  /** Milliseconds since the epoch. */
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  exitCode: z.number(),
  /** The engine keeps at most 4,096 bytes. */
  output: text,
})
export type HealthProbe = z.infer<typeof healthProbeSchema>

/** What the summary of a container shows, beyond what lists show. */
export const containerDetailsSchema = z.object({
  /** True if the kernel has ended a process of the last run because its memory limit was reached. */
  outOfMemory: z.boolean(),
  /** How often the engine has restarted the container by itself. */
  restarts: z.number(),
  /** Null without a health check. */
  health: z
    .object({
      command: texts,
      intervalMs: z.number(),
      /** How many times in a row the check has failed. */
      failures: z.number(),
      /** The last runs, newest first. */
      probes: z.array(healthProbeSchema),
    })
    .nullable(),
  entrypoint: texts,
  command: texts,
  workingDirectory: text,
  /** Empty for the user of the image, who is root by default. */
  user: text,
  hostname: text,
  environment: z.array(z.object({ name: text, value: text })),
  restartPolicy: z.object({
    name: z.enum(restartPolicies),
    /** For `on-failure`; 0 means without end. */
    retries: z.number(),
  }),
  /** Null means no limit. */
  limits: z.object({
    /** Processors. */
    cpu: z.number().nullable(),
    /** Bytes. */
    memory: z.number().nullable(),
    pids: z.number().nullable(),
  }),
  privileged: z.boolean(),
  readOnlyRoot: z.boolean(),
  networks: z.array(
    z.object({ name: text, addresses: texts, gateway: text, macAddress: text, aliases: texts }),
  ),
  mounts: z.array(
    containerMountSchema.extend({
      /** The path on this computer. Null if the source is in the machine only. */
      hostPath: text.nullable(),
    }),
  ),
})
export type ContainerDetails = z.infer<typeof containerDetailsSchema>
