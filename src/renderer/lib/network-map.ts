import { isActive, type Container } from '../../shared/containers'
import { networkUsers, type Network } from '../../shared/networks'
import type { PortForward } from '../../shared/ports'
import { projectOf } from './containers'
import { networkOwnerId } from './networks'
import type { Edge, GraphLayout, PlacedNode } from './node-graph'
import { hostAndPort, shownPorts, type ShownPort } from './ports'
import { matches } from './search'

/** More nodes would make the picture unreadable. */
export const mostContainers = 50

export type MapNode =
  | {
      kind: 'port'
      id: string
      port: ShownPort
      /** The address on this computer, without and with the port. */
      host: string
      address: string
      containerId: string
    }
  | { kind: 'container'; id: string; container: Container; sharesWith: Container | undefined }
  | { kind: 'network'; id: string; network: Network }

/** An edge from a port to its container, or from a container to a network. */
export type MapEdge = Edge

export interface NetworkGraph {
  ports: Extract<MapNode, { kind: 'port' }>[]
  containers: Extract<MapNode, { kind: 'container' }>[]
  networks: Extract<MapNode, { kind: 'network' }>[]
  edges: MapEdge[]
  /** The number of containers that match the filter but are not drawn. */
  left: number
}

export interface MapFilter {
  query: string
  /** Empty for all projects. */
  project: string
  /** True to draw stopped containers too. */
  stopped: boolean
}

interface EngineObjects {
  networks: ReadonlyMap<string, Network>
  containers: ReadonlyMap<string, Container>
  forwards: ReadonlyMap<string, readonly PortForward[]>
}

/** Builds the nodes and edges of the picture, without positions. */
export function networkGraph(objects: EngineObjects, filter: MapFilter): NetworkGraph {
  const found = [...objects.containers.values()]
    .filter((container) => filter.stopped || isActive(container))
    .filter((container) => filter.project === '' || projectOf(container) === filter.project)
    .filter(({ name, image, networks }) => matches(filter.query, [name, image, ...networks]))
    .sort((a, b) => a.name.localeCompare(b.name))
  const drawn = found.slice(0, mostContainers)
  const networks = [...objects.networks.values()].sort((a, b) => a.name.localeCompare(b.name))

  const containers = drawn.map((container) => {
    const ownerId = networkOwnerId(container)
    return {
      kind: 'container' as const,
      id: `container:${container.id}`,
      container,
      sharesWith: ownerId === undefined ? undefined : objects.containers.get(ownerId),
    }
  })
  const ports = containers.flatMap(({ id, container }) =>
    shownPorts(container, objects.forwards.get(container.id))
      .filter(({ state }) => state !== 'closed')
      .map((port, index) => {
        const host = port.forward?.address ?? (port.binding.hostIp || '127.0.0.1')
        return {
          kind: 'port' as const,
          id: `port:${container.id}:${String(index)}`,
          port,
          host,
          address: hostAndPort(host, port.binding.hostPort),
          containerId: id,
        }
      }),
  )
  const memberships = networks.flatMap((network) =>
    networkUsers(
      containers.map(({ id, container, sharesWith }) => ({
        id,
        endpoints: (sharesWith ?? container).endpoints,
      })),
      network,
    ).map(({ id }) => ({ from: id, to: `network:${network.id}` })),
  )
  const used = new Set(memberships.map(({ to }) => to))
  return {
    ports,
    containers,
    networks: networks
      .filter(({ id }) => used.has(`network:${id}`))
      .map((network) => ({ kind: 'network' as const, id: `network:${network.id}`, network })),
    edges: [...ports.map(({ id, containerId }) => ({ from: id, to: containerId })), ...memberships],
    left: found.length - drawn.length,
  }
}

export const nodeHeight = 38
const rowHeight = 46
/** Rounds of moving containers next to their networks, and networks next to their containers. */
const rounds = 4

function mean(values: readonly number[], fallback: number): number {
  return values.length === 0 ? fallback : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Sorts nodes by the mean position of their neighbours. Nodes without neighbours keep their place. */
function orderBy<N extends MapNode>(nodes: readonly N[], neighbours: (node: N) => number[]): N[] {
  return nodes
    .map((node, index) => ({ node, place: mean(neighbours(node), index), index }))
    .sort((a, b) => a.place - b.place || a.index - b.index)
    .map(({ node }) => node)
}

/**
 * Places published ports on the left, containers in the middle and networks on the right. Orders each column so that
 * few edges cross. `width` is the width of the picture in pixels.
 */
export function layoutNetworks(graph: NetworkGraph, width: number): GraphLayout<MapNode, MapEdge> {
  const membership = graph.edges.filter(({ from }) => from.startsWith('container:'))
  let { containers, networks } = graph
  for (let round = 0; round < rounds; round++) {
    const networkPlace = new Map(networks.map(({ id }, index) => [id, index]))
    containers = orderBy(containers, ({ id }) =>
      membership.filter(({ from }) => from === id).map(({ to }) => networkPlace.get(to) ?? 0),
    )
    const containerPlace = new Map(containers.map(({ id }, index) => [id, index]))
    networks = orderBy(networks, ({ id }) =>
      membership.filter(({ to }) => to === id).map(({ from }) => containerPlace.get(from) ?? 0),
    )
  }

  const gap = Math.max(24, Math.min(140, width * 0.1))
  const columns = graph.ports.length > 0 ? 3 : 2
  const nodeWidth = Math.max(60, Math.min(260, (width - gap * (columns - 1)) / columns))
  const columnX = (column: number) => (column - (3 - columns)) * (nodeWidth + gap)

  const placed = new Map<string, PlacedNode<MapNode>>()
  let row = 0
  for (const container of containers) {
    const ports = graph.ports.filter(({ containerId }) => containerId === container.id)
    const rows = Math.max(1, ports.length)
    placed.set(container.id, { node: container, x: columnX(1), y: (row + rows / 2) * rowHeight })
    for (const [index, port] of ports.entries())
      placed.set(port.id, { node: port, x: columnX(0), y: (row + index + 0.5) * rowHeight })
    row += rows
  }
  let lowest = -rowHeight / 2
  for (const network of networks) {
    const members = membership.filter(({ to }) => to === network.id)
    const wanted = mean(
      members.map(({ from }) => placed.get(from)?.y ?? 0),
      0,
    )
    lowest = Math.max(wanted, lowest + rowHeight)
    placed.set(network.id, { node: network, x: columnX(2), y: lowest })
  }
  return {
    nodes: [...placed.values()],
    edges: graph.edges.flatMap((edge) => {
      const [start, end] = [placed.get(edge.from), placed.get(edge.to)]
      if (start === undefined || end === undefined) return []
      return [{ ...edge, x1: start.x + nodeWidth, y1: start.y, x2: end.x, y2: end.y }]
    }),
    nodeWidth,
    nodeHeight,
    width,
    height: Math.max(row * rowHeight, lowest + rowHeight / 2, rowHeight),
  }
}

/**
 * Returns the ids of the nodes that a node can reach or be reached by: a network's containers; a container's ports,
 * networks and the containers in them; the container of a port. The node itself is one of them.
 */
export function relatedNodes(edges: readonly MapEdge[], id: string): Set<string> {
  const next = (of: string) => edges.flatMap(({ from, to }) => (from === of ? [to] : to === of ? [from] : []))
  const direct = next(id)
  const behind = id.startsWith('container:')
    ? direct.filter((other) => other.startsWith('network:')).flatMap(next)
    : []
  return new Set([id, ...direct, ...behind])
}
