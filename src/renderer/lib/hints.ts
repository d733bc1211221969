import { formatBytes, formatMemory } from '../../shared/bytes'
import { showFileName } from '../../shared/file-paths'
import type { Finding, Hint, HintRule, MendableRule } from '../../shared/hints'
import { movableFolder } from '../../shared/movable-folders'
import { portText } from './ports'
import type { RunForm } from './run-form'
import type { RunSection } from './run-sections'

/** The parameters of a finding's text `hints.RULE.what`. `ago` writes the age of a time. */
export function findingParams(
  finding: Finding,
  ago: (time: number) => string,
): Record<string, string | number> {
  switch (finding.rule) {
    case 'restart-policy':
      return { ago: ago(finding.finishedAt) }
    case 'restart-loop':
      return { count: finding.count, minutes: finding.minutes }
    case 'health':
      return { count: finding.failures }
    case 'published':
    case 'network-switch':
      return { ports: finding.ports.map(portText).join(', ') }
    case 'docker-socket':
      return { path: finding.path }
    case 'privileged':
      return { uses: finding.uses.join(', ') }
    case 'host-namespaces':
      return {}
    case 'memory':
      return { used: formatMemory(finding.used), machine: formatMemory(finding.machine) }
    case 'memory-sum':
      return {
        limits: formatMemory(finding.limits),
        containers: finding.containers,
        machine: formatMemory(finding.machine),
      }
    case 'layer-data':
      return {
        written: formatBytes(finding.written),
        folder: showFileName(finding.folder),
        inFolder: formatBytes(finding.inFolder),
      }
    case 'log':
      return { size: formatBytes(finding.size) }
    case 'image':
      return { image: finding.image, days: finding.days }
  }
}

/** The variant of a finding's text, such as `hints.privileged.whatUses`. */
export function findingVariant(finding: Finding): string {
  switch (finding.rule) {
    case 'privileged':
      return finding.uses.length > 0 ? 'whatUses' : 'what'
    case 'host-namespaces':
      if (finding.pid && finding.network) return 'whatBoth'
      return finding.pid ? 'whatPid' : 'what'
    case 'image':
      return finding.days > 0 ? 'whatDays' : 'what'
    default:
      return 'what'
  }
}

/**
 * A way in which the user mends a hint, or looks at its cause.
 * - `now`: Berth makes the change immediately
 * - `edit`: the form for edit, which shows the change
 * - `limits`: the form of the limits, which need no new container
 * - `update`: the dialog that updates the image
 * - `compose`: the project's files, because compose would take any other change back
 * - `move`: the dialog that moves the folder to a volume
 * - `files`: the container's files at the folder
 * - `log`: the container's log
 */
export type Mend =
  | { kind: 'now'; rule: MendableRule }
  | { kind: 'limits' | 'update' | 'log' }
  | { kind: 'edit'; section: RunSection | '' }
  | { kind: 'compose'; project: string }
  | { kind: 'move' | 'files'; folder: string }

/** The section of the form for edit that holds the setting. Empty for the settings that are always visible. */
const sections: Partial<Record<HintRule, RunSection | ''>> = {
  health: 'health',
  published: '',
  'docker-socket': '',
  privileged: 'rights',
  'host-namespaces': 'rights',
  log: 'logs',
}

/** The ways to mend a hint, the main one first. */
export function mendsOf({ finding, project }: Hint): [Mend, ...Mend[]] {
  const { rule } = finding
  if (rule === 'network-switch') return [{ kind: 'now', rule }]
  if (rule === 'layer-data') {
    const { folder } = finding
    // Compose would take the volume back.
    const moves = project === null && movableFolder(folder) !== undefined
    return moves
      ? [
          { kind: 'move', folder },
          { kind: 'files', folder },
        ]
      : [{ kind: 'files', folder }]
  }
  if (rule === 'restart-loop') {
    const limit: Mend = project === null ? { kind: 'limits' } : { kind: 'compose', project }
    return [{ kind: 'now', rule }, ...(finding.ends[0]?.outOfMemory === true ? [limit] : []), { kind: 'log' }]
  }
  if (project !== null) return [{ kind: 'compose', project }]
  if (rule === 'restart-policy') return [{ kind: 'now', rule }]
  if (rule === 'image') return [{ kind: 'update' }]
  const section = sections[rule]
  return [section === undefined ? { kind: 'limits' } : { kind: 'edit', section }]
}

/** What to change in a compose file: a line to write, or to remove. The user chooses what `…` stands for. */
export interface ComposeChange {
  kind: 'set' | 'remove'
  line: string
}

/** Undefined if no single line of the file is the cause. */
export function composeChange(finding: Finding): ComposeChange | undefined {
  const set = (line: string): ComposeChange => ({ kind: 'set', line })
  const remove = (line: string): ComposeChange => ({ kind: 'remove', line })
  switch (finding.rule) {
    case 'restart-policy':
      return set('restart: unless-stopped')
    case 'published': {
      const ports = finding.ports.map(({ hostPort, containerPort, protocol }) => {
        const text = `127.0.0.1:${String(hostPort)}:${String(containerPort)}`
        // Compose takes a port without a protocol for TCP.
        return JSON.stringify(protocol === 'tcp' ? text : `${text}/${protocol}`)
      })
      return set(`ports: [${ports.join(', ')}]`)
    }
    case 'docker-socket':
      return remove(`volumes: […:${finding.path}]`)
    case 'privileged':
      return remove('privileged: true')
    case 'host-namespaces':
      return remove(finding.pid ? 'pid: host' : 'network_mode: host')
    case 'memory':
    case 'memory-sum':
      return set('mem_limit: …')
    case 'log':
      return set('logging: { driver: json-file, options: { max-size: 10m, max-file: "3" } }')
    default:
      return undefined
  }
}

/** The maximum of a log's file, and how many older files the engine keeps. */
const logMaximum = [
  { name: 'max-size', value: '10m' },
  { name: 'max-file', value: '3' },
]

/** Changes the form for edit so that the cause of a finding is gone. The form shows this as its difference. */
export function mendForm(form: RunForm, finding: Finding): RunForm {
  switch (finding.rule) {
    case 'published': {
      const everywhere = new Set(['network', '::'])
      const ports = form.ports.map((port) =>
        everywhere.has(port.reach) ? { ...port, reach: 'computer' } : port,
      )
      // A port for IPv4 and one for IPv6 are now the same port.
      const rows = new Map(ports.map((port) => [JSON.stringify(port), port]))
      return { ...form, ports: [...rows.values()] }
    }
    case 'docker-socket':
      return { ...form, binds: form.binds.filter(({ path }) => path !== finding.path) }
    case 'privileged':
      return { ...form, privileged: false }
    case 'host-namespaces':
      return {
        ...form,
        hostPid: false,
        networks: form.networks.filter(({ network }) => network !== 'host'),
      }
    case 'log': {
      const options = form.logging.options.filter(
        ({ name }) => !logMaximum.some((maximum) => maximum.name === name),
      )
      return { ...form, logging: { driver: 'json-file', options: [...options, ...logMaximum] } }
    }
    default:
      return form
  }
}

/** The hints of each container that has some, without the dismissed ones. */
export function hintsByContainer(hints: readonly Hint[]): Map<string, Hint[]> {
  const found = new Map<string, Hint[]>()
  for (const hint of hints) if (!hint.dismissed) found.set(hint.id, [...(found.get(hint.id) ?? []), hint])
  return found
}

/** The rules whose cases the card “Needs attention” of the Home page shows already. */
const attentionRules: ReadonlySet<HintRule> = new Set(['restart-loop', 'health'])

/** The hints that the Home page shows. */
export function homeHints(hints: readonly Hint[]): Hint[] {
  return hints.filter(({ dismissed, finding }) => !dismissed && !attentionRules.has(finding.rule))
}
