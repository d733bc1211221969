import { isActive, type Container } from '../../shared/containers'
import { portNumberSchema } from '../../shared/ports'
import { hostNameSchema, type ReachRequest } from '../../shared/reach'

export interface ReachForm {
  /** Ids of containers. */
  from: string
  to: string
  kind: 'container' | 'host'
  host: string
  how: 'tcp' | 'ping'
  /** Empty for the suggested port. */
  port: string
}

/** Returns the port that the target most likely serves: the first one that it publishes or exposes over TCP. */
export function suggestedPort(form: ReachForm, containers: ReadonlyMap<string, Container>): string {
  const target = form.kind === 'container' ? containers.get(form.to) : undefined
  const published = target?.ports.find(({ protocol }) => protocol === 'tcp')?.containerPort
  const exposed = target?.exposedPorts.find((port) => port.endsWith('/tcp'))?.replace('/tcp', '')
  return published === undefined ? (exposed ?? '') : String(published)
}

/** Validates the form. Returns the request, or the key of each field's problem under `networks.reach.problem`. */
export function toReachRequest(
  form: ReachForm,
  containers: ReadonlyMap<string, Container>,
): { request: ReachRequest } | { problems: Partial<Record<keyof ReachForm, string>> } {
  const problems: Partial<Record<keyof ReachForm, string>> = {}
  const from = containers.get(form.from)
  const host = form.host.trim()
  const port = Number(form.port.trim() || suggestedPort(form, containers))
  if (from === undefined || !isActive(from)) problems.from = 'from'
  if (form.kind === 'container' && !containers.has(form.to)) problems.to = 'to'
  if (form.kind === 'host' && !hostNameSchema.safeParse(host).success) problems.host = 'host'
  if (form.how === 'tcp' && !portNumberSchema.safeParse(port).success) problems.port = 'port'
  if (Object.keys(problems).length > 0) return { problems }
  return {
    request: {
      from: form.from,
      to: form.kind === 'host' ? { kind: 'host', name: host } : { kind: 'container', id: form.to },
      port: form.how === 'tcp' ? port : null,
    },
  }
}
