import type { Series, StatsPoint } from './stats'

/** How long Berth keeps measurements, in milliseconds. */
export const historyMs = 5 * 60_000
/** The most points of a container's history. There is at most one point a second. */
export const historyPoints = historyMs / 1000
/** Milliseconds between two measurements while a window shows them, and while windows are open but show none. */
export const measuringPace = { shown: 1_000, open: 5_000 } as const

/** Adds a point to a series in place, and drops the oldest point of a full series. */
export function addPoint(series: Series, time: number, point: StatsPoint): void {
  series.time.push(time)
  series.cpu.push(point.cpu)
  series.memory.push(point.memory)
  series.received.push(point.received)
  series.sent.push(point.sent)
  series.read.push(point.read)
  series.written.push(point.written)
  series.pids.push(point.pids)
  if (series.time.length > historyPoints) for (const column of Object.values(series)) column.shift()
}
