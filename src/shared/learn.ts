import { z } from 'zod'
import { lessonIds } from './lessons'

export { type LessonId } from './lessons'

export const lessonIdSchema = z.enum(lessonIds)

const valueSchema = z.union([z.string(), z.number()])
/** What Berth has seen in the engine, for the text of a check. */
export const observedSchema = z.record(z.string(), valueSchema)
export type Observed = z.infer<typeof observedSchema>

export const checkStateSchema = z.object({
  /** The text `learn.LESSON.check.ID` names the check. */
  id: z.string(),
  /** Null until the engine has shown that the check holds. */
  observed: observedSchema.nullable(),
  /** Milliseconds since the epoch, if the check waits for the end of something that has begun. */
  since: z.number().nullable(),
})
export type CheckState = z.infer<typeof checkStateSchema>

export const lessonPlaces = [
  'containers',
  'container',
  'logs',
  'shell',
  'isolation',
  'cgroup',
  'files',
  'stack',
  'images',
  'image',
  'builds',
  'ports',
  'volumes',
  'networks',
  'compose',
  'events',
] as const
export type LessonPlace = (typeof lessonPlaces)[number]

export const learnHints = [
  'start-failed',
  'not-found',
  'exec-not-found',
  'build-failed',
  'old-builder',
  'ended',
  'port',
] as const

export const openLessonSchema = z.object({
  id: lessonIdSchema,
  /** True until the lesson's images are there. */
  preparing: z.boolean(),
  /** The commands as a user of this computer types them. */
  commands: z.array(z.string()),
  checks: z.array(checkStateSchema),
  /** Where the app shows what has happened. */
  places: z.array(
    z.object({
      page: z.enum(lessonPlaces),
      /** The container, image or volume to show. Null for the whole page. */
      id: z.string().nullable(),
    }),
  ),
  /** What went wrong in the last attempt. `text` is the message of the engine or of the program. */
  hint: z.object({ kind: z.enum(learnHints), name: z.string(), text: z.string() }).nullable(),
  /** The command with which the window's own form begins. Empty if the lesson does not begin with the form. */
  form: z.string(),
  /** The files of the example that the lesson is about. */
  files: z.array(z.object({ name: z.string(), text: z.string() })),
  needsFolder: z.boolean(),
  /** True if the user can ask the example's web server in this lesson. */
  asks: z.boolean(),
})
export type OpenLesson = z.infer<typeof openLessonSchema>

export const lessonResultSchema = z.object({
  id: lessonIdSchema,
  state: z.enum(['done', 'skipped']),
  /** Milliseconds since the epoch. */
  at: z.number(),
  commands: z.array(z.string()),
  checks: z.array(z.object({ id: z.string(), observed: observedSchema })),
})
export type LessonResult = z.infer<typeof lessonResultSchema>

/** An object that “Clean up” removes. */
export const leftoverSchema = z.object({
  kind: z.enum(['container', 'image', 'volume', 'network']),
  id: z.string(),
  name: z.string(),
})
export type Leftover = z.infer<typeof leftoverSchema>

/** The objects that the user has agreed to remove. */
export const cleanUpSchema = z.object({
  objects: z.array(leftoverSchema.pick({ kind: true, id: true })).max(10_000),
})

export const learnStateSchema = z.object({
  /** Null before the first lesson, and after the clean-up. */
  lesson: openLessonSchema.nullable(),
  results: z.array(lessonResultSchema),
  /** The folder with the example's files on this computer. Null until the user has chosen one. */
  folder: z.string().nullable(),
  leftovers: z.array(leftoverSchema),
})
export type LearnState = z.infer<typeof learnStateSchema>

/** The user's progress, as Berth keeps it in a file. */
export const learnProgressSchema = z.object({
  /** When the user began the first lesson, milliseconds since the epoch. */
  begunAt: z.number().nullable(),
  current: lessonIdSchema.nullable(),
  folder: z.string().nullable(),
  /** What the open lessons have shown so far, by lesson. */
  seen: z.partialRecord(lessonIdSchema, z.array(z.object({ id: z.string(), observed: observedSchema }))),
  /** The runs of containers that were there before the user began a lesson, or did it again. They do not count. */
  earlier: z.partialRecord(lessonIdSchema, z.array(z.string())).default({}),
  results: z.array(lessonResultSchema),
})
export type LearnProgress = z.infer<typeof learnProgressSchema>
