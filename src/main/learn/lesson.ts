import type { Build } from '../../shared/builds'
import { attributeOf } from '../../shared/container-events'
import type { LessonId, LessonPlace, Observed, OpenLesson } from '../../shared/learn'
import type { ExampleFile } from '../../shared/lessons'
import { type Facts, failureText } from './facts'
import type { LearnImage } from './images'

/** What the commands of a lesson depend on. */
export interface Place {
  /** The example's folder on this computer. */
  folder: string
  platform: NodeJS.Platform
  /** The port of this computer for the example's web server. */
  port: number
}

/** What a check has found: the engine shows that it holds, or that something has begun at `since` (ms). */
export type Found = { observed: Observed } | { since: number } | undefined

export interface Check {
  id: string
  look: (facts: Facts) => Found
}

export type Hint = NonNullable<OpenLesson['hint']>

/** A guided task. Its texts are `learn.lesson.ID` in the texts of Learn. */
export interface Lesson {
  id: LessonId
  /** The images that Learn makes before the user begins. */
  images: readonly LearnImage[]
  commands: (place: Place) => readonly string[]
  checks: readonly Check[]
  /** Where the app shows what has happened. */
  places: readonly LessonPlace[]
  /** The container or image that a place shows, once it exists. */
  subject?: (facts: Facts, page: LessonPlace) => string | undefined
  /** True if the lesson's first command fills the form for a new container. */
  hasForm?: boolean
  needsFolder?: boolean
  /** The files of the example that the page shows. */
  files?: readonly ExampleFile[]
  /** True if the user can ask the example's web server. */
  asks?: boolean
  /** The facts that Berth reads beside the engine's state, because only some lessons need them. */
  reads?: readonly ('details' | 'image-details' | 'builds' | 'printed')[]
  /** The ids of the running containers whose isolation Berth reads from the kernel. */
  isolated?: (facts: Facts) => readonly string[]
  /** True for a failed build that the lesson asks for. Such a build needs no hint. */
  meantToFail?: (build: Build) => boolean
  /** Explains a failed attempt of this lesson. {@link commonHint} explains the others. */
  hint?: (facts: Facts) => Hint | undefined
}

/** Explains the newest failure that any lesson may meet. */
export function commonHint(
  { containers, changed, events, forwards, builds, outputs }: Facts,
  { meantToFail = () => false }: Pick<Lesson, 'meantToFail'> = {},
): OpenLesson['hint'] {
  const newest = containers.filter(({ id }) => changed.has(id)).reverse()
  const last = newest[0]
  if (last !== undefined && last.error !== '') {
    const isMissing = /executable file not found|no such file or directory/.test(last.error)
    if (isMissing) return { kind: 'not-found', name: last.name, text: last.command }
    return { kind: 'start-failed', name: last.name, text: last.error }
  }
  const closed = forwards.find(({ state, containerId }) => state === 'failed' && changed.has(containerId))
  if (closed !== undefined)
    return {
      kind: 'port',
      name: newest.find(({ id }) => id === closed.containerId)?.name ?? '',
      text: String(closed.binding.hostPort),
    }
  if (last?.exitCode === 126 || last?.exitCode === 127)
    return { kind: 'not-found', name: last.name, text: last.command }
  const command = [...events].reverse().find(({ action }) => action === 'exec_die')
  const code = command && attributeOf(command, 'exitCode')
  if (command !== undefined && (code === '126' || code === '127'))
    return { kind: 'exec-not-found', name: command.name, text: startedBy(command, events) }
  const build = builds.at(-1)
  if (build?.failure && !meantToFail(build))
    return { kind: 'build-failed', name: build.name, text: failureText(build, outputs) }
  return null
}

/** The command whose end an event reports. */
function startedBy(end: Facts['events'][number], events: Facts['events']): string {
  const id = attributeOf(end, 'execID')
  const start = events.find((event) => event.action === 'exec_start' && attributeOf(event, 'execID') === id)
  return start?.detail.trim() ?? ''
}
