import type { RouteLocationRaw } from 'vue-router'
import type { Container } from '../../shared/containers'
import type { CheckState, LearnState, LessonId, LessonPlace, OpenLesson } from '../../shared/learn'
import { clearingCommand, lessonIds, lessonSteps } from '../../shared/lessons'

/** The last page of Learn. It has no lesson. */
export const summaryRoute = 'summary'

/** The lesson of an address. Undefined for the overview, the summary, and an address that does not exist. */
export function lessonOfRoute(name: string): LessonId | undefined {
  return lessonIds.find((id) => id === name)
}

export type LessonState = 'done' | 'skipped' | 'open' | 'todo'

export function stateOf(
  id: LessonId,
  { results, lesson }: Pick<LearnState, 'results' | 'lesson'>,
): LessonState {
  const result = results.find((one) => one.id === id)
  if (result !== undefined) return result.state
  return lesson?.id === id ? 'open' : 'todo'
}

/** The lesson with which the user continues: the open one unless it is done, else the first that has no result. */
export function nextLesson({
  results,
  lesson,
}: Pick<LearnState, 'results' | 'lesson'>): LessonId | undefined {
  const has = (id: LessonId) => results.some((result) => result.id === id)
  if (lesson !== null && !has(lesson.id)) return lesson.id
  return lessonIds.find((id) => !has(id))
}

/** The tabs of a container's page that lessons lead to. */
const containerTabs: Partial<Record<LessonPlace, string>> = {
  container: '',
  logs: 'logs',
  shell: 'shell',
  isolation: 'isolation',
  cgroup: 'isolation',
  files: 'files',
}

/** The route of a place. Undefined while there is nothing to show. */
export function placeRoute(
  { page, id }: OpenLesson['places'][number],
  containers: ReadonlyMap<string, Pick<Container, 'id' | 'imageId' | 'createdAt'>>,
  images: ReadonlyMap<string, unknown>,
): RouteLocationRaw | undefined {
  const tab = containerTabs[page]
  if (tab !== undefined) {
    const container =
      containers.get(id ?? '') ??
      [...containers.values()]
        .filter(({ imageId }) => imageId === id)
        .sort((a, b) => b.createdAt - a.createdAt)[0]
    if (container !== undefined) {
      const view = page === 'cgroup' ? { query: { view: page } } : {}
      return { name: 'container', params: { id: container.id, tab }, ...view }
    }
    // The user can open the view before the container exists.
    return page === 'logs' ? { name: 'logs' } : undefined
  }
  if (page !== 'image') return { name: page }
  const image = containers.get(id ?? '')?.imageId ?? id ?? ''
  return images.has(image) ? { name: 'image', params: { id: image } } : undefined
}

/** True for a step in the list of commands that is not a command: the user edits the example's source. */
export function isEditStep(command: string): boolean {
  return command === lessonSteps.edit
}

/** True for a step in the list of commands in which Berth requests the page of the example's server. */
export function isAskStep(command: string): boolean {
  return command === lessonSteps.ask
}

/** True for the command that removes the containers of an earlier attempt, whose names the lesson needs. */
export function isClearingStep(command: string): boolean {
  return command.startsWith(clearingCommand)
}

/** Keeps `-f` and `‘이름’을` on one line: browsers break a line after a hyphen, and after a quotation mark. */
export function unbroken(text: string): string {
  return text
    .replace(/’(?=\p{Script=Hangul})/gu, '’\u2060')
    .replace(/(?<=^|[\s("“‘])--?(?=[a-z])/g, (hyphens) => hyphens.replaceAll('-', '-\u2060'))
}

export function isDone(checks: readonly CheckState[]): boolean {
  return checks.every(({ observed }) => observed !== null)
}
