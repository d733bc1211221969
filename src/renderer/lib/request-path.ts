import type { Container } from '../../shared/containers'
import type { PortForward } from '../../shared/ports'
import type { HopKind, PathHop } from '../../shared/stack'
import { translate } from './i18n'
import { networkOwnerId } from './networks'
import { hostAndPort, shownPorts, type ShownPort } from './ports'
import type { LayerName } from './layer-status'

/** A hop of a request's path, in the user's language. */
export interface ShownHop {
  kind: HopKind
  /** The position in the path, from 1. Undefined for a hop that does not exist. */
  number: number | undefined
  layer: LayerName
  title: string
  /** The hop's name or address. If the hop does not exist, why. */
  text: string
  /** True if `text` is a sentence instead of a name or an address. */
  isSentence?: boolean
  /** The hop in a word, for the picture. */
  short: string
  details: { text: string; code?: boolean }[]
}

const layers: Record<HopKind, LayerName> = {
  client: 'system',
  listener: 'system',
  carrier: 'qemu',
  machine: 'kernel',
  translation: 'kernel',
  bridge: 'kernel',
  veth: 'kernel',
  namespace: 'containers',
  process: 'containers',
}

type Words = Pick<ShownHop, 'text' | 'isSentence' | 'short' | 'details'> & { title?: string }

/** Returns the words of a hop that exists. Undefined if it does not exist. */
function wordsOf(hop: PathHop): Words | undefined {
  const word = (key: string, params: Record<string, unknown> = {}) => translate(`stack.path.${key}`, params)
  switch (hop.kind) {
    case 'client': {
      if (hop.facts === null) return undefined
      const { url, protocol } = hop.facts
      const text = url ?? word('anyProgram', { protocol: protocol.toUpperCase() })
      return { text, short: word('browser'), details: [] }
    }
    case 'listener': {
      if (hop.facts === null) return undefined
      const { addresses, port, process } = hop.facts
      const all = addresses.map((address) => hostAndPort(address, port))
      const listens =
        process === null ? 'listensUnknown' : process.isBerth ? 'listensBerth' : 'listensProcess'
      return {
        text: all.join(', '),
        short: all[0] ?? '',
        details: [{ text: word(listens, { name: process?.name ?? '', pid: process?.pid ?? '' }) }],
      }
    }
    case 'carrier': {
      if (hop.facts === null) return undefined
      const { by, pid, address, port } = hop.facts
      const place = address === null || port === null ? undefined : hostAndPort(address, port)
      return {
        title: word(`carrier.${by}.title`),
        text: place ?? word(`carrier.${by}.noPort`),
        isSentence: place === undefined,
        short: place ?? 'QEMU',
        details: [{ text: word(`carrier.${by}.text`, { pid }) }],
      }
    }
    case 'machine': {
      if (hop.facts === null) return undefined
      const place = hostAndPort(hop.facts.address, hop.facts.port)
      return { text: place, short: place, details: [] }
    }
    case 'translation': {
      if (hop.facts === null) return undefined
      const { by, rule, pid, address, port } = hop.facts
      const place = hostAndPort(address, port)
      return {
        title: word(`translation.${by}`),
        text: `→ ${place}`,
        short: `${by === 'nat' ? 'NAT' : 'port-proxy'} → ${place}`,
        details:
          rule === null ? [{ text: word('proxyProcess', { pid: pid ?? '' }) }] : [{ text: rule, code: true }],
      }
    }
    case 'bridge': {
      if (hop.facts === null) return undefined
      const { name, addresses, network } = hop.facts
      return {
        text: [name, ...addresses].join(' · '),
        short: name,
        details: [{ text: word('bridgeNetwork', { network }) }],
      }
    }
    case 'veth': {
      if (hop.facts === null) return undefined
      const { machine, container } = hop.facts
      const text = `${machine.name} ↔ ${container.name}`
      return { text, short: machine.name, details: [{ text: word('vethText', { mac: container.mac }) }] }
    }
    case 'namespace': {
      if (hop.facts === null) return undefined
      const { id, isMachines, addresses, sharedWith } = hop.facts
      const names = sharedWith.join(', ')
      return {
        text: addresses.join(', ') || word('noAddress'),
        short: `net:[${id}]`,
        details: [
          { text: word(isMachines ? 'namespaceMachines' : 'namespaceId', { id }) },
          ...(names === '' ? [] : [{ text: word('namespaceShared', { names }) }]),
        ],
      }
    }
    case 'process': {
      if (hop.facts === null) return undefined
      const { pid, inner, command, listens } = hop.facts
      return {
        text: command || word('noCommand'),
        short: programName(command) || String(pid),
        details: [
          { text: word('processIds', { pid, inner }) },
          ...(listens === null
            ? []
            : [{ text: word('listens', { address: hostAndPort(listens.address, listens.port) }) }]),
        ],
      }
    }
  }
}

/** The name of the program in a command line, without its folder. */
export function programName(command: string): string {
  return command.split(' ')[0]?.split('/').at(-1) ?? ''
}

/** Returns the hops of a path in the user's language, in the order of the request. */
export function shownHops(hops: readonly PathHop[]): ShownHop[] {
  let number = 0
  return hops.map((hop) => {
    const words = wordsOf(hop)
    const common = { kind: hop.kind, layer: layers[hop.kind], title: translate(`stack.path.hop.${hop.kind}`) }
    if (words !== undefined) {
      number += 1
      return { ...common, ...words, number }
    }
    const text = translate(`stack.path.absent.${hop.absent ?? 'unreadable'}`)
    return { ...common, number: undefined, text, short: '', details: [] }
  })
}

/** Groups the hops that exist by their layers. */
export function hopsByLayer(hops: readonly ShownHop[]): Map<LayerName, ShownHop[]> {
  const found = new Map<LayerName, ShownHop[]>()
  for (const hop of hops)
    if (hop.number !== undefined) found.set(hop.layer, [...(found.get(hop.layer) ?? []), hop])
  return found
}

/**
 * Returns the ports that lead to a container. A container in the network of another container is reached through the
 * other container's ports.
 */
export function portsTo(
  container: Container,
  containers: ReadonlyMap<string, Container>,
  forwards: ReadonlyMap<string, readonly PortForward[]>,
): ShownPort[] {
  const owner = containers.get(networkOwnerId(container) ?? container.id) ?? container
  return shownPorts(owner, forwards.get(owner.id))
}
