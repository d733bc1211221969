import type { SmokeRun } from './machine'

/** How a benchmark runs. By default it measures at full size, on its own machines. */
export interface BenchOptions {
  /** If set, the benchmark does as little as possible, to show that it still works. Its figures then mean nothing. */
  smoke?: SmokeRun | undefined
}

/** The default export of each benchmark returns this result. `scripts/bench.mjs` prints it. */
export interface BenchResult {
  name: string
  /** Berth's value divided by the value that it is compared with, for example a peer's value in the same run. */
  ratios: Record<string, number>
  /** Raw figures. Each key ends in its unit: `boot_seconds`. */
  figures: Record<string, number>
  /** Rows of cells. The first row has the headings. */
  table: string[][]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/** Returns the seconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return (performance.now() - begin) / 1000
}
