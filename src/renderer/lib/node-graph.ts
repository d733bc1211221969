/** A line between two nodes. `from` and `to` are ids of nodes. */
export interface Edge {
  from: string
  to: string
}

export interface PlacedNode<Node> {
  node: Node
  /** The left edge and the vertical centre, in pixels. */
  x: number
  y: number
}

/** Nodes and lines with their places. All lengths are in pixels. */
export interface GraphLayout<Node, Line extends Edge> {
  nodes: PlacedNode<Node>[]
  /** Each line with the points that it connects. */
  edges: (Line & { x1: number; y1: number; x2: number; y2: number })[]
  nodeWidth: number
  nodeHeight: number
  width: number
  height: number
}

/** Returns the node to which an arrow key moves the focus: up and down in a column, left and right to the nearest. */
export function nextNode(
  nodes: readonly PlacedNode<{ id: string }>[],
  id: string,
  key: string,
): string | undefined {
  const current = nodes.find(({ node }) => node.id === id)
  if (current === undefined) return undefined
  const isSideways = key === 'ArrowLeft' || key === 'ArrowRight'
  const isForward = key === 'ArrowRight' || key === 'ArrowDown'
  if (!isSideways && key !== 'ArrowUp' && key !== 'ArrowDown') return undefined
  const candidates = nodes.filter(({ x, y }) => {
    if (!isSideways) return x === current.x && (isForward ? y > current.y : y < current.y)
    return isForward ? x > current.x : x < current.x
  })
  const distance = ({ x, y }: Pick<PlacedNode<unknown>, 'x' | 'y'>) =>
    Math.abs(x - current.x) * 10 + Math.abs(y - current.y)
  return candidates.sort((a, b) => distance(a) - distance(b))[0]?.node.id
}
