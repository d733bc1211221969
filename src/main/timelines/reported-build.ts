import type { BerthError } from '../../shared/errors'
import type { Timeline, TimelineStep } from '../../shared/timelines'
import { cutError, cutName, mostSteps, stepLabel } from './cut'
import type { InstructionStep } from './recorder'

/** A build of another program, as BuildKit has reported it until now. All times are the machine's. */
export interface ReportedBuild {
  id: string
  name: string
  startedAt: number
  /** Null while the build runs. */
  endedAt: number | null
  steps: readonly InstructionStep[]
  error: BerthError | undefined
}

/** The timeline of such a build. One clock has taken all times, so no clocks are compared. */
export function timelineOfBuild(
  { id, name, startedAt, endedAt, steps, error }: ReportedBuild,
  { emulated }: { emulated: boolean },
): Timeline {
  // BuildKit may run a step of several builds once, so the step may have begun before this build.
  const relative = (time: number) => Math.max(0, Math.round((time - startedAt) * 1000) / 1000)
  const begun = steps.filter((step) => step.startedAt !== null).slice(0, mostSteps)
  const shown = begun.flatMap((step): TimelineStep[] => {
    if (step.startedAt === null) return []
    const end = step.endedAt ?? endedAt
    return [
      {
        name: 'instruction',
        label: stepLabel('instruction', step.name),
        startedAt: relative(step.startedAt),
        endedAt: end === null ? null : relative(end),
        failed: step.error !== null,
        cached: step.cached,
      },
    ]
  })
  shown.sort(
    (a, b) => (a.endedAt ?? Number.MAX_VALUE) - (b.endedAt ?? Number.MAX_VALUE) || a.startedAt - b.startedAt,
  )
  return {
    id,
    kind: 'build',
    origin: 'docker',
    state: error !== undefined ? 'failed' : endedAt === null ? 'running' : 'done',
    startedAt,
    containerId: '',
    name: cutName(name),
    image: '',
    steps: shown,
    facts: { cached: null, pulledBytes: 0, pulledLayers: 0, emulated, healthIntervalMs: null },
    clockErrorMs: null,
    error: error === undefined ? null : cutError(error),
  }
}
