import { isIP } from 'node:net'
import { z } from 'zod'
import { protocols, type Protocol } from '../../shared/ports'
import type { PortRequests } from '../engine'
import type { RequestInterceptor } from './interceptors'

const hostPortSchema = z.looseObject({ HostIp: z.string().default(''), HostPort: z.string().default('') })
const portMapSchema = z.record(z.string(), z.array(hostPortSchema).nullable())
const createSchema = z.looseObject({ HostConfig: z.looseObject({ PortBindings: portMapSchema }) })

type HostPort = z.infer<typeof hostPortSchema>

/**
 * Looks at the ports that a docker client asks for before there is a container: an address that this computer does
 * not have is refused, and a range of which other programs have a port becomes one that is free.
 */
export function requestedPortsInterceptor(ports: PortRequests): RequestInterceptor {
  return {
    method: 'POST',
    path: /^\/containers\/create$/,
    rewriteBody: (body) => withHostPorts(body, ports),
  }
}

async function withHostPorts(body: unknown, ports: PortRequests): Promise<unknown> {
  const { data } = createSchema.safeParse(body)
  if (data === undefined) return body
  let changed = false
  for (const [key, bindings] of Object.entries(data.HostConfig.PortBindings))
    for (const binding of bindings ?? []) {
      const port = await chosenPort(key, binding, ports)
      if (port === undefined) continue
      binding.HostPort = String(port)
      changed = true
    }
  return changed ? data : body
}

/** The one to ask for in the place of a range; undefined when what the client has asked for can stay. */
async function chosenPort(
  key: string,
  { HostIp, HostPort }: HostPort,
  ports: PortRequests,
): Promise<number | undefined> {
  const [container = '', name = 'tcp'] = key.split('/')
  const protocol = protocols.find((candidate) => candidate === name)
  // What is neither a protocol nor an address is the engine's to refuse.
  if (protocol === undefined || (HostIp !== '' && isIP(HostIp) === 0)) return undefined
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(HostPort) ?? []
  await ports.checkAddress(HostIp, { port: Number(first ?? container), protocol })
  if (first === undefined || last === undefined) return undefined
  return choose({ hostIp: HostIp, first: Number(first), last: Number(last), protocol }, ports)
}

interface Range {
  hostIp: string
  first: number
  last: number
  protocol: Protocol
}

async function choose({ protocol, ...range }: Range, ports: PortRequests): Promise<number | undefined> {
  const isRange = range.first > 0 && range.first < range.last && range.last <= 65_535
  return protocol === 'sctp' || !isRange ? undefined : ports.choosePort({ ...range, protocol })
}
