import { mostPorts } from '../../shared/run'
import type { FilledRow } from './form-input'
import type { RunProblems } from './run-problems'

/** A row of the form that publishes a port or a range of ports. */
export interface PortInput {
  /** A number, or a range such as `8000-8010`. Empty if the engine chooses a free port. */
  hostPort: string
  containerPort: string
  protocol: 'tcp' | 'udp'
  /** `computer` (loopback only), `network` (every address), or one of this computer's addresses. */
  reach: string
}

interface PortPair {
  hostPort: number
  containerPort: number
}

/** Returns the first and last port of `8000` or `8000-8010`. Returns NaN for any other text. */
function range(text: string): [number, number] {
  const [, first, last = first] = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(text.trim()) ?? []
  const found: [number, number] = [Number(first), Number(last)]
  return found[0] <= found[1] ? found : [Number.NaN, Number.NaN]
}

/**
 * Pairs two ports, or the ports of two ranges with the same length. Without a host port, pairs each container port with
 * 0. If a text is not a port, returns one pair with NaN, which the schema refuses. Returns `range-length` if the ranges
 * differ in length, and `too-many` if they are too long.
 */
function portPairs(host: string, container: string): PortPair[] | 'range-length' | 'too-many' {
  const [containerPort, lastContainer] = range(container)
  const isRandom = host.trim() === ''
  const [hostPort, lastHost] = isRandom ? [0, lastContainer - containerPort] : range(host)
  if ([hostPort, containerPort].some(Number.isNaN)) return [{ hostPort, containerPort }]
  const count = lastContainer - containerPort + 1
  if (lastHost - hostPort + 1 !== count) return 'range-length'
  if (count > mostPorts) return 'too-many'
  return Array.from({ length: count }, (_, index) => ({
    hostPort: isRandom ? 0 : hostPort + index,
    containerPort: containerPort + index,
  }))
}

type PortOfRow = FilledRow<Omit<PortInput, keyof PortPair> & PortPair>

/** Turns each row into one entry per port of its range. Also returns the problems of rows with unusable ranges. */
export function expandRanges(rows: FilledRow<PortInput>[]): {
  ports: PortOfRow[]
  problems: RunProblems
} {
  const ports: PortOfRow[] = []
  const problems: RunProblems = {}
  for (const { row, index } of rows) {
    const pairs = portPairs(row.hostPort, row.containerPort)
    if (pairs === 'range-length') problems[`ports.${String(index)}.containerPort`] = 'rangeLength'
    else if (pairs === 'too-many' || ports.length + pairs.length > mostPorts)
      problems[`ports.${String(index)}.hostPort`] = 'tooManyPorts'
    else ports.push(...pairs.map((pair) => ({ row: { ...row, ...pair }, index })))
  }
  return { ports, problems }
}
