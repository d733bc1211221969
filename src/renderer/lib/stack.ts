import type { RouteLocationRaw } from 'vue-router'
import { formatBytes, formatMemory } from '../../shared/bytes'
import { isActive, type Container } from '../../shared/containers'
import type { MachineState } from '../../shared/machine'
import type { StackFacts } from '../../shared/stack'
import { runningContainers } from './containers'
import type { Fact } from './facts'
import { translate } from './i18n'
import { layerNames, layerStatuses, type LayerName, type LayerStatus } from './layer-status'
import { formatCpu, formatUse } from './stats'

/** A fact that cannot be read says why in its text. */
export interface StackFact extends Fact {
  missing?: boolean
}

/** A part of something that is in use, such as memory. */
export interface UseMeter {
  label: string
  text: string
  /** From 0 to 1. */
  share: number
}

export interface StackLayer {
  name: LayerName
  status: LayerStatus
  /** The layer in a few words. If the layer is not up, why. */
  headline: string
  meters: UseMeter[]
  facts: StackFact[]
  /** The pages where the layer is changed or repaired. */
  links: { text: string; to: RouteLocationRaw }[]
}

export interface StackInput {
  /** Undefined until the first reading. */
  facts: StackFacts | undefined
  machine: MachineState | undefined
  /** Whether Berth reaches the engine. */
  live: boolean
  containers: Iterable<Container>
  /** Formats a duration in milliseconds. */
  age: (milliseconds: number) => string
}

type Writer = (
  key: string,
  text: string | null | undefined,
  options?: { code?: boolean; why?: string },
) => void

/** Collects the facts of a layer. A fact without a text shows `why` instead, which is a reason. */
function collect(reason: string, write: (fact: Writer) => void): StackFact[] {
  const facts: StackFact[] = []
  write((key, text, { code = false, why = reason } = {}) => {
    const label = translate(`stack.fact.${key}`)
    if (text === null || text === undefined || text === '')
      facts.push({ label, text: translate(`stack.reason.${why}`), missing: true })
    else facts.push({ label, text, code })
  })
  return facts
}

function spaceText({ total, free }: { total: number; free: number }): string {
  return translate('stack.freeOf', { free: formatBytes(free), total: formatBytes(total) })
}

function memoryText({ total, available }: { total: number; available: number | null }): string {
  return available === null
    ? formatMemory(total)
    : translate('stack.usedOf', { used: formatUse(total - available), total: formatMemory(total) })
}

function cpuMeter(cpu: number | null, processors: number): UseMeter[] {
  if (cpu === null) return []
  const label = translate('stack.meter.cpu')
  return [{ label, text: formatCpu(cpu), share: Math.min(1, cpu / processors) }]
}

function memoryMeter(used: number | null, total: number): UseMeter[] {
  if (used === null) return []
  const label = translate('stack.meter.memory')
  return [{ label, text: formatUse(used), share: Math.min(1, used / total) }]
}

function processors(count: number): string {
  return translate('stack.processors', { count }, count)
}

function yesOrNo(value: boolean | null): string | null {
  return value === null ? null : translate(value ? 'stack.yes' : 'stack.no')
}

/** The version in QEMU's words, such as `7.2.22`. */
export function qemuVersion(text: string): string {
  return /version (\d[\w.]*)/.exec(text)?.[1] ?? text
}

function hardware({ facts }: StackInput): Pick<StackLayer, 'headline' | 'meters' | 'facts' | 'links'> {
  const computer = facts?.computer
  const cpu = computer === undefined ? [] : cpuMeter(computer.cpu, computer.processors)
  const { total = 0, available = null } = computer?.memory ?? {}
  return {
    headline:
      computer === undefined
        ? translate('stack.reason.reading')
        : [computer.processor, processors(computer.processors), formatMemory(total)]
            .filter((part) => part !== '')
            .join(' · '),
    meters: [...cpu, ...memoryMeter(available === null ? null : total - available, total)],
    facts: collect('reading', (fact) => {
      fact('processor', computer?.processor, { why: computer === undefined ? 'reading' : 'system' })
      fact('processors', computer && String(computer.processors))
      fact('architecture', computer?.architecture, { code: true })
      fact('cpu', computer && nullable(computer.cpu, formatCpu), { why: 'measuring' })
      fact('memory', computer && memoryText(computer.memory))
      fact('disk', computer?.disk && spaceText(computer.disk), { why: computer ? 'unreadable' : 'reading' })
      fact('diskFolder', computer?.disk?.folder, { code: true, why: computer ? 'unreadable' : 'reading' })
      fact('virtual', computer && yesOrNo(computer.virtual), { why: computer ? 'system' : 'reading' })
    }),
    links: [link('disk')],
  }
}

function system({ facts, age }: StackInput): Pick<StackLayer, 'headline' | 'meters' | 'facts' | 'links'> {
  const computer = facts?.computer
  return {
    headline: computer === undefined ? translate('stack.reason.reading') : computer.system,
    meters: [],
    facts: collect('reading', (fact) => {
      fact('system', computer?.system)
      fact('kernel', computer?.kernel, { code: true })
      fact('uptime', computer && age(computer.uptime * 1000))
    }),
    links: [link('diagnostics')],
  }
}

function hypervisor({ machine }: StackInput, { reason = 'reading' }: LayerStatus) {
  const accelerator = machine?.accelerator
  const name = accelerator?.name
  return {
    headline: name === undefined ? '' : translate(`stack.hypervisor.${name}.name`),
    meters: [],
    facts: [
      ...collect(reason, (fact) => {
        fact('accelerator', name && translate(`machine.accelerator.${name}`))
        fact('kind', name && translate(`stack.hypervisor.${name}.kind`))
        fact('speed', name && translate(`stack.hypervisor.${name}.speed`))
      }),
      ...(accelerator?.rejected ?? []).map((rejected) => ({
        label: translate('stack.fact.rejected'),
        text: translate('machine.accelerator.rejected', rejected),
      })),
    ],
    links: [link('diagnostics')],
  }
}

function qemu({ facts }: StackInput, { reason = 'reading' }: LayerStatus) {
  const process = facts?.qemu
  return {
    headline:
      process == null
        ? ''
        : translate('stack.qemuHeadline', {
            version: qemuVersion(process.version),
            pid: process.pid,
          }),
    meters:
      process == null
        ? []
        : [
            ...cpuMeter(process.cpu, process.processors),
            ...memoryMeter(process.resident, facts?.computer.memory.total ?? 0),
          ],
    facts: collect(reason, (fact) => {
      fact('pid', process && String(process.pid), { code: true })
      fact('program', process?.program, { code: true })
      fact('version', process?.version)
      fact('size', process && [processors(process.processors), formatMemory(process.memory)].join(' · '))
      fact('cpu', process && nullable(process.cpu, formatCpu), { why: process ? 'measuring' : reason })
      fact('resident', process && nullable(process.resident, formatUse), {
        why: process ? 'measuring' : reason,
      })
    }),
    links: [link('machine'), link('settings', 'machine')],
  }
}

function kernel({ facts, age }: StackInput, { reason = 'reading' }: LayerStatus) {
  const guest = facts?.guest
  return {
    headline:
      guest == null
        ? ''
        : translate('stack.kernelHeadline', {
            kernel: guest.kernel,
            version: guest.cgroup.version,
            duration: age(guest.uptime * 1000),
          }),
    meters:
      guest == null
        ? []
        : [
            ...cpuMeter(guest.cpu, guest.processors),
            ...memoryMeter(guest.memory.total - guest.memory.available, guest.memory.total),
          ],
    facts: collect(reason, (fact) => {
      fact('kernel', guest && `Linux ${guest.kernel}`, { code: true })
      fact('uptime', guest && age(guest.uptime * 1000))
      fact('processors', guest && String(guest.processors))
      fact('cpu', guest && nullable(guest.cpu, formatCpu), { why: guest ? 'measuring' : reason })
      fact('memory', guest && memoryText(guest.memory))
      fact('dataDisk', guest?.disk && spaceText(guest.disk), { why: guest ? 'unreadable' : reason })
      fact('cgroups', guest && `v${String(guest.cgroup.version)}`)
      fact('controllers', guest?.cgroup.controllers.join(', '), { code: true })
      fact('hierarchy', guest && ['/', ...guest.cgroup.groups.map((group) => `/${group}`)].join('  '), {
        code: true,
      })
      fact('namespaces', guest?.namespaces.join(', '), { code: true })
    }),
    links: [link('machine'), link('disk')],
  }
}

function engine({ facts }: StackInput, { reason = 'reading' }: LayerStatus) {
  const parts = facts?.engine
  const guest = facts?.guest
  const component = (name: string) =>
    parts?.components.find((each) => each.name.toLowerCase() === name)?.version.replace(/^v/, '')
  const versions = [
    ['dockerd', component('engine')],
    ['containerd', component('containerd')],
    ['runc', component('runc')],
  ].flatMap(([name = '', version]) => (version === undefined ? [] : [`${name} ${version}`]))
  const daemon = (
    version: string | undefined,
    process: { pid: number; resident: number } | null | undefined,
  ) =>
    version === undefined
      ? null
      : process == null
        ? version
        : translate('stack.daemon', { version, pid: process.pid, memory: formatUse(process.resident) })
  return {
    headline: versions.join(' · '),
    meters: [],
    facts: collect(reason, (fact) => {
      fact('dockerd', daemon(component('engine'), guest?.dockerd))
      fact('containerd', daemon(component('containerd'), guest?.containerd))
      fact('runc', component('runc') && translate('stack.runc', { version: component('runc') ?? '' }))
      fact('shims', guest && translate('stack.shims', { count: guest.shims }, guest.shims))
      fact('storageDriver', parts?.storageDriver, { code: true })
      fact('folder', parts?.folder, { code: true })
      fact('cgroupDriver', parts?.cgroupDriver, { code: true })
      fact('runtime', parts?.runtime, { code: true })
      fact('security', parts?.security.join(', '), { code: true })
    }),
    links: [link('settings', 'engine'), link('diagnostics')],
  }
}

function containersLayer({ containers, machine, live }: StackInput) {
  const all = [...containers]
  // The last list of a machine that does not run names no running container.
  const isDown = machine?.phase !== 'running' && machine?.phase !== 'paused'
  const running = isDown || !live ? [] : runningContainers(all)
  return {
    headline:
      all.length === 0
        ? translate('machine.layers.containersNone')
        : translate('machine.layers.containersText', { running: running.length, all: all.length }),
    meters: [],
    facts: [],
    links: [link('containers')],
  }
}

function link(page: string, section?: string): StackLayer['links'][number] {
  return section === undefined
    ? { text: translate(`pages.${page}`), to: { name: page } }
    : { text: translate(`stack.settings.${section}`), to: { name: page, hash: `#${section}` } }
}

function nullable<T>(value: T | null, format: (value: T) => string): string | null {
  return value === null ? null : format(value)
}

const writers: Record<
  LayerName,
  (input: StackInput, status: LayerStatus) => Pick<StackLayer, 'headline' | 'meters' | 'facts' | 'links'>
> = { hardware, system, hypervisor, qemu, kernel, engine, containers: containersLayer }

/** Returns the layers with their facts in the user's language, from top to bottom. */
export function stackLayers(input: StackInput): StackLayer[] {
  const statuses = layerStatuses(input.machine, input.live)
  return layerNames.map((name) => {
    const status = statuses[name]
    const written = writers[name](input, status)
    const { reason } = status
    const headline =
      reason === undefined
        ? written.headline || translate('stack.reason.reading')
        : translate(`stack.reason.${reason}`)
    return { name, status, ...written, headline }
  })
}

/** Sorts the containers for the picture: those with a running process first, then by name. */
export function orderedContainers(containers: Iterable<Container>): Container[] {
  const rank = (container: Container) => (isActive(container) ? 0 : 1)
  return [...containers].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
}
