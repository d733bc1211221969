import { basename } from 'node:path'
import type { BuildStep } from '../../shared/builds'
import { familiarName } from '../../shared/outdated'
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

/** Whether a build of the history may be one of this app, before its steps are known. */
export function mayBeOwn(own: RunningBuild, { startedAt }: HistoryEvent): boolean {
  return isInTime(own, startedAt)
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
  const mine = first(own.progress.steps)
  if (mine !== undefined && steps.length > 0) return mine === first(steps)
  // Berth could not read the steps of one of them, or one has failed before its first step.
  if (!isInTime(own, event.startedAt) || firstTag(own) !== familiarName(event.tag)) return false
  // buildx prints the steps of a build before it fails.
  const hasPrinted = own.progress.steps.length > 0 || own.summary.status !== 'failed'
  return steps.length === 0 || hasPrinted
}

/** The name that buildx gives the image first. */
function firstTag(own: RunningBuild): string {
  return familiarName(own.summary.tags[0] ?? '')
}
