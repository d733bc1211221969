/** What one row of the run form may ask for, and all of them together. */
export const mostPorts = 1000

export interface PortPair {
  hostPort: number
  containerPort: number
}

/** `8000` or `8000-8010`, first and last; NaN where it is neither. */
function range(text: string): [number, number] {
  const [, first, last = first] = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(text.trim()) ?? []
  const found: [number, number] = [Number(first), Number(last)]
  return found[0] <= found[1] ? found : [Number.NaN, Number.NaN]
}

/**
 * The pairs that two ports or two ranges of the same length stand for. What cannot be read becomes NaN, one pair,
 * for whoever checks the numbers; ranges that do not fit together are a problem of their own.
 */
export function portPairs(host: string, container: string): PortPair[] | 'range-length' | 'too-many' {
  const [hostPort, lastHost] = range(host)
  const [containerPort, lastContainer] = range(container)
  if ([hostPort, containerPort].some(Number.isNaN)) return [{ hostPort, containerPort }]
  const count = lastHost - hostPort + 1
  if (count !== lastContainer - containerPort + 1) return 'range-length'
  if (count > mostPorts) return 'too-many'
  return Array.from({ length: count }, (_, index) => ({
    hostPort: hostPort + index,
    containerPort: containerPort + index,
  }))
}
