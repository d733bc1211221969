import type { LessonId } from '../../../shared/learn'
import type { Lesson, Place } from '../lesson'
import { data } from './data'
import { first } from './first'
import { image } from './image'
import { isolation } from './isolation'
import { transport } from './transport'

/** All lessons, in their order. */
export const lessons: readonly Lesson[] = [...first, ...image, ...isolation, ...data, ...transport]

const anyPlace: Place = { folder: '', platform: 'linux', port: 5000 }

export function lessonOf(id: LessonId): Lesson {
  const found = lessons.find((lesson) => lesson.id === id)
  if (found === undefined) throw new Error(`there is no lesson ${id}`)
  return found
}

/** The names of containers, images and volumes in the commands of all lessons. */
export const lessonNames: ReadonlySet<string> = new Set(
  lessons.flatMap(({ commands }) => commands(anyPlace).flatMap(namesIn)),
)

/** The names of a command's objects: `learn-data`, but not `berth/learn-hello` or the file `learn-images.tar`. */
export function namesIn(command: string): string[] {
  return [...command.matchAll(/(?<![\w/.-])learn-\w+(?![\w./-])/g)].map(([name]) => name)
}

export { exampleServer } from './image'
export { composeProject } from './transport'
