import { addressPrefix } from '../../shared/port-addresses'
import { completeSpec, type ContainerSpec, type RunRequest, type SpecField } from '../../shared/run'
import { joinShellWords } from '../../shared/shell-words'
import { writeSize } from '../../shared/sizes'

/** A changed setting: the values that go, and the values that come. Both are empty if only the order has changed. */
export interface FieldDiff {
  field: SpecField | 'name'
  removed: string[]
  added: string[]
}

/** The words for values that have no text of their own. */
export interface DiffWords {
  on: string
  off: string
  none: string
}

/** Compares a container's settings with those of the form, as lines for a reader. */
export function specDiff(before: RunRequest, after: RunRequest, words: DiffWords): FieldDiff[] {
  const [old, changed] = [completeSpec(before), completeSpec(after)]
  const fields = (Object.keys(old) as (keyof ContainerSpec)[]).filter(
    (field) => JSON.stringify(old[field]) !== JSON.stringify(changed[field]),
  )
  return fields.map((field) => {
    const [gone, come] = [linesOf(field, old, words), linesOf(field, changed, words)]
    return {
      field,
      removed: gone.filter((line) => !come.includes(line)),
      added: come.filter((line) => !gone.includes(line)),
    }
  })
}

function linesOf(field: keyof ContainerSpec, spec: ContainerSpec, words: DiffWords): string[] {
  const text = (value: string): string[] => [value === '' ? words.none : value]
  const access = (readOnly: boolean): string => (readOnly ? ' (ro)' : '')
  switch (field) {
    case 'command':
    case 'entrypoint':
      return text(joinShellWords(spec[field]))
    case 'environment':
    case 'labels':
      return spec[field].map(({ name, value }) => `${name}=${value}`)
    case 'ports':
      return spec.ports.map(({ hostIp, hostPort, containerPort, protocol }) => {
        const host = hostPort === 0 ? '*' : String(hostPort)
        return `${addressPrefix(hostIp)}${host} → ${String(containerPort)}/${protocol}`
      })
    case 'volumes':
      return spec.volumes.map(
        ({ volume, path, readOnly }) => `${volume === '' ? '*' : volume} → ${path}${access(readOnly)}`,
      )
    case 'binds':
      return spec.binds.map(({ hostPath, path, readOnly }) => `${hostPath} → ${path}${access(readOnly)}`)
    case 'tmpfs':
      return spec.tmpfs.map(({ path, size }) => (size === 0 ? path : `${path} (${writeSize(size)})`))
    case 'autoRemove':
    case 'tty':
    case 'openStdin':
    case 'readOnlyRoot':
    case 'init':
    case 'privileged':
    case 'hostPid':
      return [spec[field] ? words.on : words.off]
    case 'restart':
      return [
        spec.restart.retries === 0
          ? spec.restart.policy
          : `${spec.restart.policy}:${String(spec.restart.retries)}`,
      ]
    case 'cpus':
    case 'pids':
      return text(spec[field] === 0 ? '' : String(spec[field]))
    case 'memory':
      return text(spec.memory === 0 ? '' : writeSize(spec.memory))
    case 'health': {
      const { health } = spec
      if (health.kind !== 'command') return text(health.kind === 'image' ? '' : health.kind)
      const times = [health.interval, health.timeout, health.startPeriod].map((time) => `${String(time)} s`)
      return [`${health.command} (${[...times, String(health.retries)].join(', ')})`]
    }
    case 'networks':
      return spec.networks.map(({ network, aliases, ipv4, ipv6 }) =>
        [network, ...aliases, ipv4, ipv6].filter((part) => part !== '').join(' '),
      )
    case 'extraHosts':
      return spec.extraHosts.map(({ name, address }) => `${name} → ${address}`)
    case 'dns':
    case 'capAdd':
    case 'capDrop':
      return spec[field]
    case 'devices':
      return spec.devices.map(({ source, path, permissions }) => `${source} → ${path} (${permissions})`)
    case 'logging':
      return [
        ...text(spec.logging.driver),
        ...spec.logging.options.map(({ name, value }) => `${name}=${value}`),
      ]
    case 'image':
    case 'workingDirectory':
    case 'user':
    case 'hostname':
    case 'platform':
      return text(spec[field])
    case 'name':
      return text(spec.name ?? '')
  }
}
