import type { ReportedEvent } from './events'

/** How many events Berth keeps. It is apart from the schemas, because the first page needs it and loads none. */
export const keptEvents = 2_000
/** How many events of commands in containers (`docker exec`) Berth keeps besides. Health checks cause most of them. */
export const keptExecEvents = 600

/** True for an event of a command in a container, such as a health check. */
export function isExecEvent({ kind, action }: Pick<ReportedEvent, 'kind' | 'action'>): boolean {
  return kind === 'container' && action.startsWith('exec_')
}
