import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { imageTagSchema } from './images'

/** The signals that Berth can send to a container's main process. The first ones are those that users send most. */
export const killSignals = [
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGSTOP',
  'SIGCONT',
  'SIGWINCH',
  'SIGABRT',
  'SIGALRM',
  'SIGBUS',
  'SIGCHLD',
  'SIGFPE',
  'SIGILL',
  'SIGIO',
  'SIGPIPE',
  'SIGPROF',
  'SIGPWR',
  'SIGSEGV',
  'SIGSYS',
  'SIGTRAP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGVTALRM',
  'SIGXCPU',
  'SIGXFSZ',
] as const
export const killSignalSchema = z.enum(killSignals)
export type KillSignal = z.infer<typeof killSignalSchema>

/** An action on many containers. `remove` also removes anonymous volumes, and kills active containers. */
export const bulkActions = ['start', 'stop', 'restart', 'pause', 'unpause', 'remove'] as const
export type BulkAction = (typeof bulkActions)[number]

/** The most containers that one call may name. */
export const bulkLimit = 10_000

/** What an action on many containers did. Each container of the call is in one of the two lists. */
export const bulkResultSchema = z.object({
  /** The ids of the containers for which the action succeeded. */
  done: z.array(z.string()),
  failures: z.array(z.object({ id: z.string(), error: berthErrorSchema })),
})
export type BulkResult = z.infer<typeof bulkResultSchema>

/** A container that a prune would remove. */
export const stoppedContainerSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The bytes that its removal frees: the files that the container has written or changed. */
  bytes: z.number(),
})
export type StoppedContainer = z.infer<typeof stoppedContainerSchema>

/** What a prune did. `bytes` is the freed space. */
export const containerPruneSchema = bulkResultSchema.extend({ bytes: z.number() })
export type ContainerPrune = z.infer<typeof containerPruneSchema>

/** The instructions of a Dockerfile that the engine accepts as changes of a commit. */
export const commitInstructions = [
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'ONBUILD',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
] as const

/** One change of a commit, such as `ENV KEY=value`. */
export const commitChangeSchema = z
  .string()
  .max(10_000)
  .regex(new RegExp(`^\\s*(?:${commitInstructions.join('|')})\\s+[^\\s][^\\n\\r\\0]*$`, 'i'))

export const commitRequestSchema = z.object({
  /** The new image's name. A name without a tag gets the tag `latest`. */
  reference: imageTagSchema,
  message: z.string().max(10_000),
  author: z.string().max(1_000),
  changes: z.array(commitChangeSchema).max(200),
  /** Whether the container is paused during the commit, so that its files do not change in the meantime. */
  pause: z.boolean(),
})
export type CommitRequest = z.infer<typeof commitRequestSchema>
