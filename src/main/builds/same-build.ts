import { basename } from 'node:path'
import type { BuildStep } from '../../shared/builds'
import type { HistoryBuild } from './build-history'
import type { HistoryEvent } from './history-events'
import type { RunningBuild } from './running-build'

/** The clocks of the machine and of this computer differ by less than this, in milliseconds. */
const clockDifference = 2000

/**
 * Whether an entry of the history is a build of this app. buildx does not print the entry's reference if the build
 * fails. So Berth compares the folder's name and the time: BuildKit begins the build while buildx runs. A build that
 * the user cancels may end in BuildKit some time after buildx.
 */
export function isSame(own: RunningBuild, { entry }: HistoryBuild): boolean {
  // The history does not know the name of a folder that was sent.
  const isFolder = own.isSent || entry.name === '' || entry.name.split(/[/ ]/)[0] === basename(own.folder)
  return isFolder && isInTime(own, entry.startedAt)
}

function isInTime(own: RunningBuild, begin: number): boolean {
  const { startedAt, endedAt } = own.summary
  const end = (endedAt ?? Number.POSITIVE_INFINITY) + clockDifference
  return begin >= startedAt - clockDifference && begin <= end
}

/** The digest of this step contains the session of the build, so no other build has it. */
const readsDockerfile = '[internal] load build definition'

/** Whether a build of the history is one of this app, by its steps. */
export function isOwn(own: RunningBuild, event: HistoryEvent, steps: readonly BuildStep[]): boolean {
  const first = (all: readonly BuildStep[]) => all.find(({ name }) => name.startsWith(readsDockerfile))?.id
  const [mine, theirs] = [first(own.progress.steps), first(steps)]
  // A build that has failed early, or that Berth could not read, has no such step.
  if (mine === undefined || theirs === undefined) return isInTime(own, event.startedAt)
  return mine === theirs
}
