import { type ComparedTimeline, isOfContainer, type Timeline } from '../../shared/timelines'

/** The most timelines that the page of a container or project gets. */
const shownTimelines = 10

/**
 * The timeline to compare with: the newest earlier one of the same container or name, or else of the same image. A pull
 * is compared with a pull of the same image, a build with a build of the same name, and so on. A failed timeline has no
 * comparable times.
 */
export function previousOf(timeline: Timeline, all: readonly Timeline[]): Timeline | null {
  const isContainer = isOfContainer(timeline)
  const earlier = all.filter(
    (other) =>
      other.id !== timeline.id &&
      other.startedAt < timeline.startedAt &&
      other.state === 'done' &&
      (isContainer ? isOfContainer(other) : other.kind === timeline.kind),
  )
  const newest = (found: Timeline[]) =>
    found.reduce<Timeline | null>((a, b) => (a === null || b.startedAt > a.startedAt ? b : a), null)
  return (
    newest(earlier.filter((other) => isSame(timeline, other))) ??
    newest(earlier.filter(({ image }) => image !== '' && image === timeline.image))
  )
}

/** The timelines of a container, the newest first, each with the one before it. */
export function timelinesOf(
  container: { id: string; name: string },
  all: readonly Timeline[],
): ComparedTimeline[] {
  const same = { containerId: container.id, name: container.name }
  return newestOf((timeline) => isOfContainer(timeline) && isSame(timeline, same), all)
}

/** The timelines of a compose project's starts, the newest first, each with the one before it. */
export function timelinesOfProject(name: string, all: readonly Timeline[]): ComparedTimeline[] {
  return newestOf((timeline) => timeline.kind === 'compose' && timeline.name === name, all)
}

function newestOf(isShown: (timeline: Timeline) => boolean, all: readonly Timeline[]): ComparedTimeline[] {
  return all
    .filter(isShown)
    .sort((a, b) => b.startedAt - a.startedAt)
    .slice(0, shownTimelines)
    .map((timeline) => ({ timeline, before: previousOf(timeline, all) }))
}

function isSame(
  a: Pick<Timeline, 'containerId' | 'name'>,
  b: Pick<Timeline, 'containerId' | 'name'>,
): boolean {
  return (a.containerId !== '' && a.containerId === b.containerId) || (a.name !== '' && a.name === b.name)
}
