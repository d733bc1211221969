import {
  createNetworkSchema,
  networkAliasSchema,
  subnetConflict,
  type ConnectRequest,
  type CreateNetwork,
  type Network,
  type networkDrivers,
} from '../../shared/networks'
import { hasHostBits, parseAddress, parseRange, rangeText } from '../../shared/ip-ranges'
import { filled, listed } from './form-input'

export interface NetworkForm {
  name: string
  driver: (typeof networkDrivers)[number]
  subnets: { subnet: string; gateway: string; range: string }[]
  internal: boolean
  attachable: boolean
  ipv6: boolean
  options: { name: string; value: string }[]
  labels: { name: string; value: string }[]
}

/** A problem of a field: the key of its message under `networks.problem`, and the message's parameters. */
export interface FormProblem {
  key: string
  params: Record<string, string>
}

export function emptyNetworkForm(): NetworkForm {
  return {
    name: '',
    driver: 'bridge',
    subnets: [],
    internal: false,
    attachable: false,
    ipv6: false,
    options: [],
    labels: [],
  }
}

/** Validates the form. Returns the request, or the problem of each field by its path, such as `subnets.0.gateway`. */
export function toCreateNetwork(
  form: NetworkForm,
  networks: Iterable<Network>,
): { request: CreateNetwork } | { problems: Record<string, FormProblem> } {
  const existing = [...networks]
  const rows = {
    subnets: filled(form.subnets, ['subnet', 'gateway', 'range']),
    options: filled(form.options, ['name', 'value']),
    labels: filled(form.labels, ['name', 'value']),
  }
  const pair = ({ row }: { row: { name: string; value: string } }) => ({
    name: row.name.trim(),
    value: row.value,
  })
  const parsed = createNetworkSchema.safeParse({
    name: form.name.trim(),
    driver: form.driver,
    subnets: rows.subnets.map(({ row }) => ({
      subnet: row.subnet.trim(),
      gateway: row.gateway.trim(),
      range: row.range.trim(),
    })),
    internal: form.internal,
    attachable: form.attachable,
    ipv6: form.ipv6,
    options: rows.options.map(pair),
    labels: rows.labels.map(pair),
  })
  const problems: Record<string, FormProblem> = {}
  for (const { path, message } of parsed.error?.issues ?? []) {
    const [field, position, ...rest] = path
    const isList = field === 'subnets' || field === 'options' || field === 'labels'
    const index = isList ? rows[field][Number(position)]?.index : undefined
    const key = [field, ...(index === undefined ? [] : [index]), ...rest].map(String).join('.')
    const own = rest.at(-1)
    const text =
      field === 'name' ? 'name' : own === 'name' || own === 'value' ? problemOfPair(message) : message
    problems[key] ??= { key: text, params: {} }
  }
  for (const { row, index } of rows.subnets) {
    const path = `subnets.${String(index)}.subnet`
    const subnet = row.subnet.trim()
    const range = parseRange(subnet)
    if (problems[path]?.key === 'host-bits' && range !== undefined && hasHostBits(subnet))
      problems[path].params = { subnet: rangeText(range) }
    const conflict = subnetConflict(subnet, existing)
    if (conflict === undefined) continue
    problems[path] ??=
      'machine' in conflict
        ? { key: 'overlaps-machine', params: conflict }
        : { key: 'overlaps', params: conflict }
  }
  const name = form.name.trim()
  if (existing.some((network) => network.name === name))
    problems.name = { key: 'name-taken', params: { name } }
  if (!parsed.success || Object.keys(problems).length > 0) return { problems }
  return { request: parsed.data }
}

function problemOfPair(message: string): string {
  return message === 'duplicate' ? 'duplicate' : 'pair'
}

export interface ConnectForm {
  container: string
  aliases: string
  ipv4: string
  ipv6: string
}

/** Validates the form that connects a container to a network. */
export function toConnectRequest(
  form: ConnectForm,
  network: string,
): { request: ConnectRequest } | { problems: Partial<Record<keyof ConnectForm, string>> } {
  const aliases = [...new Set(listed(form.aliases))]
  const [ipv4, ipv6] = [form.ipv4.trim(), form.ipv6.trim()]
  const problems: Partial<Record<keyof ConnectForm, string>> = {}
  if (form.container === '') problems.container = 'container'
  if (aliases.some((alias) => !networkAliasSchema.safeParse(alias).success)) problems.aliases = 'alias'
  if (ipv4 !== '' && parseAddress(ipv4)?.family !== 4) problems.ipv4 = 'ipv4'
  if (ipv6 !== '' && parseAddress(ipv6)?.family !== 6) problems.ipv6 = 'ipv6'
  if (Object.keys(problems).length > 0) return { problems }
  return { request: { network, container: form.container, aliases, ipv4, ipv6 } }
}
