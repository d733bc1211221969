import { type ChangeableLimits, changeableLimitsSchema, processorList } from '../../shared/isolation'
import { parseSize, writeSize } from '../../shared/sizes'

/** The fields of the form for limits, as text. */
export interface LimitsForm {
  cpus: string
  memory: string
  pids: string
  cpuShares: string
  processors: string
  policy: ChangeableLimits['restart']['policy']
  retries: string
}

export type LimitsField = Exclude<keyof LimitsForm, 'policy'>

export function toLimitsForm(limits: ChangeableLimits): LimitsForm {
  const text = (value: number | null) => (value === null ? '' : String(value))
  return {
    cpus: text(limits.cpus),
    memory: limits.memory === null ? '' : writeSize(limits.memory),
    pids: text(limits.pids),
    cpuShares: text(limits.cpuShares),
    processors: limits.processors,
    policy: limits.restart.policy,
    retries: String(limits.restart.retries),
  }
}

/** `most` is the number of the machine's processors. */
export function toLimits(
  form: LimitsForm,
  most: number,
): { limits: ChangeableLimits } | { problems: Partial<Record<LimitsField, true>> } {
  const retries = form.policy === 'on-failure' ? form.retries : '0'
  const values = {
    cpus: optional(form.cpus, number),
    memory: optional(form.memory, parseSize),
    pids: optional(form.pids, number),
    cpuShares: optional(form.cpuShares, number),
    processors: form.processors.replaceAll(' ', ''),
    restart: { policy: form.policy, retries: number(retries) },
  }
  const parsed = changeableLimitsSchema.safeParse(values)
  const problems: Partial<Record<LimitsField, true>> = {}
  for (const { path } of parsed.error?.issues ?? []) {
    const field = fields.find((name) => name === path[0])
    problems[field ?? 'retries'] = true
  }
  if ((values.cpus ?? 0) > most) problems.cpus = true
  if (!isProcessorList(values.processors, most)) problems.processors = true
  return parsed.success && Object.keys(problems).length === 0 ? { limits: parsed.data } : { problems }
}

const fields = ['cpus', 'memory', 'pids', 'cpuShares', 'processors'] as const

function optional(text: string, read: (text: string) => number): number | null {
  return text.trim() === '' ? null : read(text)
}

function number(text: string): number {
  return /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : Number.NaN
}

function isProcessorList(text: string, most: number): boolean {
  if (text === '') return true
  if (!processorList.test(text)) return false
  return text.split(',').every((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return first <= last && last < most
  })
}
