import { z } from 'zod'
import { changeTask } from './changes'
import { composeActionNames } from './compose'
import { berthErrorSchema } from './errors'
import { layerProgressSchema } from './images'
import { comparisonResultSchema } from './stack-comparison'

/** `interrupted`: Berth ended while the task ran. */
export const taskStates = ['running', 'succeeded', 'failed', 'cancelled', 'interrupted'] as const
export type TaskState = (typeof taskStates)[number]

/** How far a task is. `total` is absent if nobody knows it. */
export const taskProgressSchema = z.object({
  done: z.number().nonnegative(),
  total: z.number().nonnegative().optional(),
  unit: z.enum(['bytes', 'steps']),
})
export type TaskProgress = z.infer<typeof taskProgressSchema>

const common = {
  id: z.uuid(),
  state: z.enum(taskStates),
  /**
   * The words of the docker command that does the same. What may be a secret is left out, or is `…`. Absent if docker
   * has no such command. Earlier versions have kept a line for a POSIX shell.
   */
  command: z.union([z.string(), z.array(z.union([z.string(), z.object({ home: z.string() })]))]).optional(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  /** Milliseconds since the epoch. Null while the task runs, and after an interruption. */
  endedAt: z.number().nullable(),
  progress: taskProgressSchema.nullable(),
  /** Only a failed task has an error. */
  error: berthErrorSchema.nullable(),
  /** True once it is too late to cancel the running task. */
  committed: z.boolean().optional(),
  /** The bytes of the log that can be read: from `start` to `end`. Without a log, both are 0. */
  log: z.object({ start: z.number(), end: z.number() }),
}

/**
 * Describes the tasks of one kind. `params` say what the task does, for its title. `detail` is the state of its parts,
 * which most kinds have only while the task runs or has just ended. `result` is null unless the task has succeeded.
 */
function kind<Name extends string, P extends z.ZodType, D extends z.ZodType, R extends z.ZodType>(
  name: Name,
  { params, detail, result }: { params: P; detail: D; result: R },
) {
  return z.object({
    ...common,
    kind: z.literal(name),
    params,
    detail: detail.nullable(),
    result: result.nullable(),
  })
}

const layers = z.object({ layers: z.array(layerProgressSchema) })
const archive = z.object({ fileName: z.string(), bytes: z.number() })

/** A long job, such as a pull. Add a kind of task here, and its title to the texts `tasks.title` of each language. */
export const taskSchema = z.discriminatedUnion('kind', [
  kind('pull', {
    params: z.object({ reference: z.string() }),
    detail: layers,
    result: z.object({ imageId: z.string() }),
  }),
  kind('push', {
    params: z.object({ reference: z.string() }),
    detail: layers,
    result: z.object({ digest: z.string().optional() }),
  }),
  kind('image-load', {
    params: archive,
    detail: z.never(),
    result: z.object({ images: z.array(z.string()) }),
  }),
  kind('image-import', {
    params: archive.extend({ reference: z.string() }),
    detail: z.never(),
    result: z.object({ imageId: z.string() }),
  }),
  kind('image-save', {
    params: z.object({ images: z.array(z.string()) }),
    detail: z.never(),
    result: z.object({ bytes: z.number() }),
  }),
  kind('volume-backup', {
    params: z.object({ volume: z.string() }),
    detail: z.never(),
    /** The new backup, and the length of its file. */
    result: z.object({ id: z.uuid(), bytes: z.number() }),
  }),
  kind('volume-restore', {
    params: z.object({ volume: z.string() }),
    detail: z.never(),
    result: z.object({}),
  }),
  kind('build', {
    params: z.object({ name: z.string() }),
    detail: z.never(),
    /** The id of the image. Null if the build has made none, as a build for several platforms. */
    result: z.object({ imageId: z.string().nullable() }),
  }),
  kind('compose', {
    params: z.object({
      project: z.string(),
      action: z.enum(composeActionNames),
      /** Empty for all services. */
      services: z.array(z.string()),
    }),
    detail: z.never(),
    result: z.object({}),
  }),
  kind('comparison', {
    params: z.object({}),
    detail: z.never(),
    result: comparisonResultSchema,
  }),
  kind('container-run', changeTask),
  kind('container-edit', changeTask),
  kind('container-update', changeTask),
  /** A folder of the container moves to a volume. */
  kind('container-move', changeTask),
  /** The end of an edit or update that was interrupted. */
  kind('container-recovery', changeTask),
])
export type Task = z.infer<typeof taskSchema>
export type TaskKind = Task['kind']
export type TaskOf<Kind extends TaskKind> = Extract<Task, { kind: Kind }>

/** Whether Berth runs an action of compose for a project now. */
export function runsCompose(tasks: readonly Task[], project: string): boolean {
  return tasks.some(
    (task) => task.kind === 'compose' && task.state === 'running' && task.params.project === project,
  )
}

/** All tasks as a stream: a snapshot, then an event for each task that has changed. */
export const taskEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), tasks: z.array(taskSchema) }),
  z.object({ type: z.literal('task'), task: taskSchema }),
  z.object({ type: z.literal('removed'), id: z.string() }),
])
export type TaskEvent = z.infer<typeof taskEventSchema>

/** The most bytes of a log in one answer. */
export const taskLogBytes = 65_536

/** A part of a task's log. Positions are bytes since the beginning of the log. */
export const taskLogSchema = z.object({
  text: z.string(),
  /** The position of the text. It may be after the requested position, because a log forgets its oldest bytes. */
  start: z.number(),
  /** The position after the text. The next part begins here. */
  next: z.number(),
})
export type TaskLog = z.infer<typeof taskLogSchema>
