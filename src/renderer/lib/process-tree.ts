import type { ContainerProcess } from '../../shared/stats'

export interface TreeRow {
  process: ContainerProcess
  /** 0 for a process whose parent is outside of the container. */
  depth: number
}

/** The deepest level that the page indents. */
const deepest = 12

/** Puts each process below its parent. Siblings are in the order of their numbers in the container. */
export function processTree(processes: readonly ContainerProcess[]): TreeRow[] {
  const known = new Set(processes.map(({ pid }) => pid))
  const children = new Map<number, ContainerProcess[]>()
  const roots: ContainerProcess[] = []
  for (const process of processes.toSorted((one, other) => one.inner - other.inner)) {
    const hasParent = known.has(process.parent) && process.parent !== process.pid
    if (hasParent) children.set(process.parent, [...(children.get(process.parent) ?? []), process])
    else roots.push(process)
  }
  const rows: TreeRow[] = []
  const waiting = roots.toReversed().map((process): TreeRow => ({ process, depth: 0 }))
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    rows.push(row)
    const depth = Math.min(deepest, row.depth + 1)
    for (const process of (children.get(row.process.pid) ?? []).toReversed()) waiting.push({ process, depth })
  }
  return rows
}

/** The numbers of a process that identify it. */
export function processKey({ pid, start }: ContainerProcess): string {
  return `${String(pid)} ${String(start)}`
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** The line of `ps -ef` for a process, without its terminal and its processor time: UID, PID, PPID, STIME, CMD. */
export function psLine({ user, pid, parent, startedAt, command }: ContainerProcess): string {
  const name = (user === 0 ? 'root' : String(user)).padEnd(8)
  return `${name} ${String(pid).padStart(7)} ${String(parent).padStart(7)} ${clock.format(startedAt)} ${command}`
}
