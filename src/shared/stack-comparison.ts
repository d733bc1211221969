import { z } from 'zod'
import { accelerators } from './machine'

/** What has been measured of one way to run the program. Sizes are in bytes. */
const measuredSchema = z.object({
  /** Milliseconds from the request to the program's first output, for each run. */
  startMs: z.array(z.number().nonnegative()).min(1),
  /** The memory in use while the program runs. */
  memory: z.number().nonnegative(),
  /** The files that the program needs. */
  disk: z.number().nonnegative(),
  /** The version of the kernel, as the program sees it. */
  kernel: z.string(),
  /** The number of processes that the program sees. */
  processes: z.number().int().positive(),
})
export type Measured = z.infer<typeof measuredSchema>

/** The same program in a container and in a VM of its own, on the same computer. */
export const comparisonResultSchema = z.object({
  container: measuredSchema,
  vm: measuredSchema,
  accelerator: z.enum(accelerators),
})
export type ComparisonResult = z.infer<typeof comparisonResultSchema>

/** The middle value. The mean of the two middle values, if their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1] ?? 0, sorted[middle] ?? 0]
  return (low + high) / 2
}
