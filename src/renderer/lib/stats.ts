import type { StatsLimits, StatsPoint } from '../../shared/stats'

/** What a container uses now, and in the last minute. */
export interface ContainerUse {
  time: number[]
  cpu: number[]
  memory: number[]
  limits: StatsLimits
}

/** The time that a sparkline shows, in milliseconds. */
export const sparklineMs = 60_000
/** If two points are further apart, nothing was measured between them, and a graph shows a gap. */
export const gapMs = 12_000

/** Returns what a container uses after a point. */
export function withPoint(use: ContainerUse | undefined, time: number, point: StatsPoint): ContainerUse {
  const first = (use?.time ?? []).findIndex((each) => each >= time - sparklineMs)
  const recent = (values: readonly number[] | undefined) => (first === -1 ? [] : (values ?? []).slice(first))
  return {
    time: [...recent(use?.time), time],
    cpu: [...recent(use?.cpu), point.cpu],
    memory: [...recent(use?.memory), point.memory],
    limits: point.limits,
  }
}

/** Formats processors as a percentage of one processor, as `docker stats` does: `1.2 %`, `150 %`. */
export function formatCpu(processors: number): string {
  const percent = processors * 100
  return `${String(Number(percent.toFixed(percent < 9.95 ? 1 : 0)))} %`
}

/** Formats memory in powers of 1024 with three significant digits: `4.5 MiB`. */
export function formatUse(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = Math.max(0, bytes)
  let index = 0
  while (value >= 999.5 && index < units.length - 1) {
    value /= 1024
    index++
  }
  const digits = index === 0 || value >= 99.95 ? 0 : 1
  return `${String(Number(value.toFixed(digits)))} ${units[index] ?? 'B'}`
}

/**
 * Returns the SVG path of a sparkline in a box of `width` × `height`. The right edge is the newest time. `most` is the
 * value at the top edge.
 */
export function sparklinePath(
  time: readonly number[],
  values: readonly number[],
  { width, height, most }: { width: number; height: number; most: number },
): string {
  const last = time.at(-1) ?? 0
  let previous: number | undefined
  const steps: string[] = []
  for (const [index, at] of time.entries()) {
    const age = last - at
    if (age > sparklineMs) continue
    const x = width * (1 - age / sparklineMs)
    const share = most <= 0 ? 0 : Math.min(1, (values[index] ?? 0) / most)
    // Half of the line's width stays inside the box.
    const y = height - 1 - share * (height - 2)
    steps.push(
      `${previous === undefined || at - previous > gapMs ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`,
    )
    previous = at
  }
  return steps.join('')
}

/** Inserts an empty point into each gap, so that a graph draws no line across it. Times become seconds. */
export function withGaps(
  time: readonly number[],
  columns: readonly (readonly (number | null)[])[],
): [number[], ...(number | null)[][]] {
  const seconds: number[] = []
  const values: (number | null)[][] = columns.map(() => [])
  for (const [index, at] of time.entries()) {
    const before = time[index - 1]
    if (before !== undefined && at - before > gapMs) {
      seconds.push((before + 1) / 1000)
      for (const column of values) column.push(null)
    }
    seconds.push(at / 1000)
    for (const [number, column] of values.entries()) column.push(columns[number]?.[index] ?? null)
  }
  return [seconds, ...values]
}

export interface SeriesSummary {
  now: number
  average: number
  highest: number
}

/** Returns the newest, the average and the highest value. Undefined if there is no value. */
export function summaryOf(values: readonly (number | null)[]): SeriesSummary | undefined {
  const known = values.filter((value) => value !== null)
  const now = known.at(-1)
  if (now === undefined) return undefined
  return {
    now,
    average: known.reduce((sum, value) => sum + value, 0) / known.length,
    highest: Math.max(...known),
  }
}
