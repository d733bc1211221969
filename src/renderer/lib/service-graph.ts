import type { ComposeCondition } from '../../shared/compose'
import type { ServiceView } from './compose'
import type { Edge, GraphLayout, PlacedNode } from './node-graph'

export interface GraphNode {
  /** The service's name. */
  id: string
  service: ServiceView
}
/** `from` waits for `to`. */
export interface GraphEdge extends Edge {
  condition: ComposeCondition
}

export const nodeHeight = 44
const rowHeight = 60
const columnGap = 56
const narrowest = 120
const widest = 240

/** The dependencies between services that exist, in the order of the services. */
export function serviceEdges(services: readonly ServiceView[]): GraphEdge[] {
  const known = new Set(services.map(({ name }) => name))
  return services.flatMap(({ name, dependsOn }) =>
    dependsOn
      .filter(({ service }) => known.has(service) && service !== name)
      .map(({ service, condition }) => ({ from: name, to: service, condition })),
  )
}

/**
 * The column of each service: 0 for a service that waits for nothing, otherwise one more than the last service that it
 * waits for. Compose refuses a circle, but the labels of old containers may have one. A service in a circle counts as
 * if it did not wait.
 */
function columnsOf(services: readonly ServiceView[], edges: readonly GraphEdge[]): Map<string, number> {
  const columns = new Map<string, number>()
  const visiting = new Set<string>()
  const visit = (name: string): number => {
    const known = columns.get(name)
    if (known !== undefined) return known
    if (visiting.has(name)) return -1
    visiting.add(name)
    const before = edges.filter(({ from }) => from === name).map(({ to }) => visit(to))
    visiting.delete(name)
    const column = Math.max(-1, ...before) + 1
    columns.set(name, column)
    return column
  }
  for (const { name } of services) visit(name)
  return columns
}

/**
 * Places the services from left to right in the order in which compose starts them. `width` is the width of the page
 * in pixels. The picture is wider if the columns do not fit.
 */
export function layoutServices(
  services: readonly ServiceView[],
  width: number,
): GraphLayout<GraphNode, GraphEdge> {
  const edges = serviceEdges(services)
  const columns = columnsOf(services, edges)
  const count = Math.max(1, ...[...columns.values()].map((column) => column + 1))
  const nodeWidth = Math.max(narrowest, Math.min(widest, (width - columnGap * (count - 1)) / count))
  const placed = new Map<string, PlacedNode<GraphNode>>()
  let rows = 1
  for (let column = 0; column < count; column++) {
    const members = services.filter(({ name }) => columns.get(name) === column)
    // A service is at the height of the services that it waits for, so that few edges cross.
    const wanted = ({ name }: ServiceView) => {
      const ys = edges.filter(({ from }) => from === name).map(({ to }) => placed.get(to)?.y ?? 0)
      return ys.length === 0 ? 0 : ys.reduce((sum, y) => sum + y, 0) / ys.length
    }
    const sorted = members.map((service, index) => ({ service, index, y: wanted(service) }))
    sorted.sort((a, b) => a.y - b.y || a.index - b.index)
    for (const [row, { service }] of sorted.entries())
      placed.set(service.name, {
        node: { id: service.name, service },
        x: column * (nodeWidth + columnGap),
        y: (row + 0.5) * rowHeight,
      })
    rows = Math.max(rows, members.length)
  }
  return {
    nodes: [...placed.values()],
    edges: edges.flatMap((edge) => {
      const [waiting, first] = [placed.get(edge.from), placed.get(edge.to)]
      if (waiting === undefined || first === undefined) return []
      return [{ ...edge, x1: first.x + nodeWidth, y1: first.y, x2: waiting.x, y2: waiting.y }]
    }),
    nodeWidth,
    nodeHeight,
    width: count * nodeWidth + (count - 1) * columnGap,
    height: rows * rowHeight,
  }
}

/** The services that a service waits for, directly or not, and those that wait for it. With the service itself. */
export function relatedServices(edges: readonly GraphEdge[], id: string): Set<string> {
  const follow = (next: (of: string) => string[]) => {
    const found = new Set<string>([id])
    for (const one of found) for (const other of next(one)) found.add(other)
    return found
  }
  const before = follow((of) => edges.filter(({ from }) => from === of).map(({ to }) => to))
  const after = follow((of) => edges.filter(({ to }) => to === of).map(({ from }) => from))
  return new Set([...before, ...after])
}
