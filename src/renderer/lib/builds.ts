import { placeOfStep } from '../../shared/build-steps'
import { shortId } from '../../shared/short-id'
import {
  type Build,
  buildRequestSchema,
  type BuildRequest,
  type BuildStatus,
  type BuildStep,
  type CacheMiss,
} from '../../shared/builds'
import { imageReferenceProblem, type ReferenceProblem } from '../../shared/image-references'
import { listed } from './form-input'
import { translate } from './i18n'
import type { LineMark } from './line-marks'

/** The form of a build, with the texts as the user enters them. */
export interface BuildForm {
  folder: string
  dockerfile: string
  tag: string
  arguments: { name: string; value: string }[]
  secrets: { id: string; value: string }[]
  target: string
  platform: string
  noCache: boolean
  pull: boolean
}

export function blankBuild(): BuildForm {
  return {
    folder: '',
    dockerfile: 'Dockerfile',
    tag: '',
    arguments: [],
    secrets: [],
    target: '',
    platform: '',
    noCache: false,
    pull: false,
  }
}

/** Fills the form from an earlier build. Secrets are never kept, so the form has none. */
export function formOf(request: Omit<BuildRequest, 'secrets'>): BuildForm {
  const { tags, arguments: pairs, ...rest } = request
  // The form changes its rows in place. The build keeps its own.
  return { ...rest, tag: tags.join(' '), arguments: pairs.map((pair) => ({ ...pair })), secrets: [] }
}

export function requestOf(form: BuildForm): BuildRequest {
  const { tag, folder, dockerfile, ...rest } = form
  return {
    ...rest,
    folder: folder.trim(),
    dockerfile: dockerfile.trim() || 'Dockerfile',
    target: form.target.trim(),
    platform: form.platform.trim(),
    tags: listed(tag),
  }
}

export type BuildProblem =
  | 'folder'
  | 'dockerfile'
  | 'argumentName'
  | 'secretId'
  | 'target'
  | 'platform'
  | `tag.${ReferenceProblem}`
  | 'other'

/** Returns the problem of each field. The keys are paths such as `arguments.0.name`. */
export function buildProblems(form: BuildForm): Record<string, BuildProblem> {
  const problems: Record<string, BuildProblem> = {}
  const tag = listed(form.tag)
    .map(imageReferenceProblem)
    .find((problem) => problem !== undefined)
  if (tag !== undefined) problems.tag = `tag.${tag}`
  const result = buildRequestSchema.safeParse(requestOf(form))
  for (const { path } of result.error?.issues ?? []) {
    const [field, , part] = path
    const key = path.map(String).join('.')
    if (field === 'tags') continue
    if (field === 'arguments') problems[key] = part === 'name' ? 'argumentName' : 'other'
    else if (field === 'secrets') problems[key] = part === 'id' ? 'secretId' : 'other'
    else if (field === 'folder' || field === 'dockerfile' || field === 'target' || field === 'platform')
      problems[key] = field
  }
  return problems
}

export interface StatusLook {
  icon: string
  colour: string
  moving: boolean
}

export const buildLooks: Record<BuildStatus, StatusLook> = {
  running: { icon: 'i-lucide-loader-circle', colour: 'text-warning', moving: true },
  succeeded: { icon: 'i-lucide-circle-check', colour: 'text-success', moving: false },
  failed: { icon: 'i-lucide-circle-x', colour: 'text-error', moving: false },
  cancelled: { icon: 'i-lucide-circle-slash', colour: 'text-muted', moving: false },
}

export type StepState = 'waiting' | 'active' | 'done' | 'cached' | 'failed'

export function stepState(step: BuildStep): StepState {
  if (step.error !== null) return 'failed'
  if (step.cached) return 'cached'
  if (step.endedAt !== null) return 'done'
  return step.startedAt === null ? 'waiting' : 'active'
}

export const stepLooks: Record<StepState, StatusLook> = {
  waiting: { icon: 'i-lucide-circle-dashed', colour: 'text-dimmed', moving: false },
  active: { icon: 'i-lucide-loader-circle', colour: 'text-warning', moving: true },
  done: { icon: 'i-lucide-circle-check', colour: 'text-success', moving: false },
  cached: { icon: 'i-lucide-zap', colour: 'text-muted', moving: false },
  failed: { icon: 'i-lucide-circle-x', colour: 'text-error', moving: false },
}

/** What BuildKit says about lines of a build's Dockerfile: why the build failed, and the hints of its checks. */
export function dockerfileMarks({ failure, hints }: Pick<Build, 'failure' | 'hints'>): LineMark[] {
  const failed: LineMark[] =
    failure?.line == null ? [] : [{ line: failure.line, severity: 'error', text: failure.message }]
  const hinted = hints.flatMap(({ line, rule, text }): LineMark[] =>
    line === null ? [] : [{ line, severity: 'warning', text: `${text} (${rule})` }],
  )
  return [...failed, ...hinted]
}

/** The lines of a Dockerfile around a line, with their numbers. */
export function linesAround(text: string, line: number, around: number): { number: number; text: string }[] {
  const first = Math.max(1, line - around)
  return text
    .split(/\r?\n/)
    .slice(first - 1, line + around)
    .map((content, index) => ({ number: first + index, text: content }))
}

/** Why a step was not in the cache, in the user's language. */
export function missText(miss: CacheMiss): string {
  return reasonText(miss, (name, params = {}) => translate(`builds.miss.${name}`, params))
}

/** The sentence for a reason. `text` returns one of the texts for reasons. */
export function reasonText(
  miss: CacheMiss,
  text: (name: string, params?: Record<string, string | number>) => string,
): string {
  switch (miss.kind) {
    case 'earlier-step':
      return text(miss.kind, { step: miss.step })
    case 'instruction':
    case 'order':
      return text(miss.kind, { before: miss.before })
    case 'base-image': {
      const { image, before, now } = miss
      if (now === image) return text('base-name', { before })
      return text(miss.kind, { image, before: shortId(before), now: shortId(now) })
    }
    case 'files': {
      const names = miss.names.join(', ')
      return miss.more === 0 ? text('files', { names }) : text('files-more', { names, count: miss.more })
    }
    case 'setting': {
      const { now, before } = miss
      if (now === null) return text('setting-gone', { before: before ?? '' })
      return before === null ? text('setting-new', { now }) : text('setting-changed', { now, before })
    }
    case 'arguments':
      return text(miss.kind, { names: miss.names.join(', ') })
    default:
      return text(miss.kind)
  }
}

/**
 * Sorts the steps of a Dockerfile as they are in the file, one stage after the other. BuildKit reports the steps in the
 * order in which they begin or end. The other steps keep their places.
 */
export function inFileOrder(steps: readonly BuildStep[]): BuildStep[] {
  const placed = steps.flatMap((step) => {
    const place = placeOfStep(step.name)
    return place === undefined ? [] : [{ step, ...place }]
  })
  const stages = [...new Set(placed.map(({ stage }) => stage))]
  placed.sort((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage) || a.number - b.number)
  const numbered = new Set(placed.map(({ step }) => step))
  let next = 0
  return steps.map((step) => (numbered.has(step) ? (placed[next++]?.step ?? step) : step))
}

/** True for a step that only BuildKit needs, such as `[internal] load .dockerignore`. */
export function isInternal({ name }: BuildStep): boolean {
  // BuildKit unpacks a folder that was sent with a step of this name.
  return name === 'copy /context /' || (name.startsWith('[internal] ') && !name.includes('build context'))
}
