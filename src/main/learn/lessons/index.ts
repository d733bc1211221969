import type { LessonId } from '../../../shared/learn'
import type { Lesson } from '../lesson'
import { data } from './data'
import { first } from './first'
import { image } from './image'
import { isolation } from './isolation'
import { transport } from './transport'

/** All lessons, in their order. */
export const lessons: readonly Lesson[] = [...first, ...image, ...isolation, ...data, ...transport]

export function lessonOf(id: LessonId): Lesson {
  const found = lessons.find((lesson) => lesson.id === id)
  if (found === undefined) throw new Error(`there is no lesson ${id}`)
  return found
}

export { serverUrl } from './image'
