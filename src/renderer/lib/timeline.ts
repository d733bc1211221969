import { formatBytes } from '../../shared/bytes'
import {
  stepPlaces,
  type Timeline,
  type TimelinePlace,
  timelinePlaces,
  type TimelineStep,
} from '../../shared/timelines'
import { stepTime } from './durations'

/** A step with what the table shows of it. Times are in milliseconds, positions in percent of the axis. */
export interface ShownStep extends TimelineStep {
  key: string
  took: number | null
  left: number
  width: number
  /** How long the step took at the run before. Null if that run did not have the step. */
  before: number | null
}

/** The steps that ran in one place. */
export interface StepGroup {
  place: TimelinePlace
  steps: ShownStep[]
}

/** Why a start took as long as it did: a key of `timelines.reason`, and its parameters. */
export interface TimelineReason {
  key:
    | 'cached'
    | 'pull'
    | 'pullUnknown'
    | 'pullBefore'
    | 'pulled'
    | 'pulledNothing'
    | 'unpack'
    | 'woken'
    | 'emulated'
    | 'health'
    | 'ended'
  params: Record<string, string>
}

/** A later step is outside of the axis: somebody opened the page hours after the start. */
const axisFactor = 4
/** A difference below this is noise. Milliseconds, and a share of the earlier time. */
const noise = { ms: 300, share: 0.3 }
/** From this time on, a start is slow enough to be explained. Milliseconds. */
const slowMs = 1000
const lateSteps: readonly TimelineStep['name'][] = ['output', 'healthy', 'unhealthy', 'ended', 'answer']

/** Formats a duration as `0.4 ms`, `12 ms` or `8.4 s`. The argument is in milliseconds. */
export function exactDuration(milliseconds: number): string {
  if (milliseconds >= 1000) return stepTime(milliseconds)
  return `${milliseconds < 10 ? String(Number(milliseconds.toFixed(1))) : milliseconds.toFixed(0)} ms`
}

/** The end of the time axis, in milliseconds since the start. */
export function axisEnd({ steps }: Timeline): number {
  const end = ({ startedAt, endedAt }: TimelineStep) => endedAt ?? startedAt
  const core = Math.max(1, ...steps.filter(({ name }) => !lateSteps.includes(name)).map(end))
  return Math.max(core, ...steps.map(end).filter((time) => time <= core * axisFactor))
}

/** The steps by where they ran, from the page down to the container. */
export function stepGroups(timeline: Timeline, before: Timeline | null): StepGroup[] {
  const end = axisEnd(timeline)
  const percent = (time: number) => Math.min(100, Math.max(0, (time / end) * 100))
  const steps = timeline.steps.map((step, index): ShownStep => {
    const left = percent(step.startedAt)
    return {
      ...step,
      key: `${step.name} ${String(index)}`,
      took: step.endedAt === null ? null : step.endedAt - step.startedAt,
      left,
      width: percent(step.endedAt ?? end) - left,
      before: durationOf(before, step),
    }
  })
  return timelinePlaces.flatMap((place) => {
    const here = steps.filter(({ name }) => stepPlaces[name] === place)
    return here.length === 0 ? [] : [{ place, steps: here }]
  })
}

/** How long a timeline took: until the program ran, or until the last call ended. */
export function totalTime({ steps, state }: Timeline): number {
  const process = steps.find(({ name }) => name === 'process')?.endedAt
  if (state !== 'failed' && process !== undefined && process !== null) return process
  const ends = steps.filter(({ name }) => !lateSteps.includes(name)).map(({ endedAt }) => endedAt ?? 0)
  return Math.max(0, ...ends)
}

/** The reasons that the facts give. */
export function timelineReasons(timeline: Timeline, before: Timeline | null): TimelineReason[] {
  const { facts } = timeline
  const took = (name: TimelineStep['name']) => durationOf(timeline, { name, label: undefined }) ?? 0
  const has = (name: TimelineStep['name']) => timeline.steps.some((step) => step.name === name)
  const reasons: TimelineReason[] = []
  const instructions = timeline.steps.filter((step) => step.name === 'instruction')
  if (instructions.length > 0) {
    const cached = instructions.filter((step) => step.cached === true).length
    reasons.push({ key: 'cached', params: { count: String(cached), total: String(instructions.length) } })
  }
  if (timeline.kind === 'compose') {
    if (facts.emulated && totalTime(timeline) > slowMs) reasons.push({ key: 'emulated', params: {} })
    return reasons
  }
  if (has('woken')) reasons.push({ key: 'woken', params: { duration: exactDuration(took('woken')) } })
  const pull = durationOf(timeline, { name: 'pull', label: undefined })
  if (pull !== null && timeline.state !== 'failed')
    reasons.push(...pullReasons(timeline, pull, took('download')))
  else if (facts.cached === true && before?.facts.cached === false)
    reasons.push({ key: 'pullBefore', params: {} })
  if (took('unpack') > took('download') && took('unpack') > slowMs)
    reasons.push({ key: 'unpack', params: {} })
  if (facts.emulated && totalTime(timeline) > slowMs) reasons.push({ key: 'emulated', params: {} })
  const { healthIntervalMs } = facts
  if (healthIntervalMs !== null && (took('healthy') || took('unhealthy')) >= healthIntervalMs)
    reasons.push({ key: 'health', params: { interval: exactDuration(healthIntervalMs) } })
  const ended = timeline.steps.find(({ name }) => name === 'ended')
  if (ended !== undefined && ended.label !== '0' && ended.label !== '')
    reasons.push({ key: 'ended', params: { code: ended.label } })
  return reasons
}

/** The steps that took clearly longer than at the run before, the largest difference first. */
export function slowerSteps(
  groups: readonly Pick<StepGroup, 'steps'>[],
): { step: ShownStep; took: number; before: number }[] {
  return groups
    .flatMap(({ steps }) => steps)
    .flatMap((step) => {
      const { took, before } = step
      if (took === null || before === null || step.name === 'answer') return []
      return took - before > Math.max(noise.ms, before * noise.share) ? [{ step, took, before }] : []
    })
    .sort((a, b) => b.took - b.before - (a.took - a.before))
    .slice(0, 3)
}

/** A pull that the user has asked for may find the whole image in the machine. A run pulls only a missing image. */
function pullReasons({ kind, facts }: Timeline, took: number, download: number): TimelineReason[] {
  const { pulledBytes, pulledLayers } = facts
  const duration = exactDuration(took)
  const isAsked = kind === 'pull'
  if (isAsked && pulledLayers === 0) return [{ key: 'pulledNothing', params: {} }]
  if (pulledBytes === 0 || download <= 0) return isAsked ? [] : [{ key: 'pullUnknown', params: { duration } }]
  const rate = formatBytes((pulledBytes / download) * 1000)
  const params = { size: formatBytes(pulledBytes), duration, rate }
  return [{ key: isAsked ? 'pulled' : 'pull', params }]
}

/** The duration of a step in another timeline. Several networks or ports are told apart by their labels. */
function durationOf(
  timeline: Timeline | null,
  { name, label }: { name: TimelineStep['name']; label: string | undefined },
): number | null {
  const same = timeline?.steps.filter((step) => step.name === name) ?? []
  const named = same.find((other) => other.label === label)
  // The steps of a build and of a compose project differ by their labels only.
  const step = named ?? (timeline?.kind === 'build' || timeline?.kind === 'compose' ? undefined : same[0])
  return step === undefined || step.endedAt === null ? null : step.endedAt - step.startedAt
}
