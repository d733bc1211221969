import { z } from 'zod'
import { number } from './schemas'

/** What a container has used since its start. */
export interface ContainerUsage {
  /** Microseconds of processor time. */
  cpu: number
  /** Bytes in use, without the inactive part of the file cache. */
  memory: number
  /** Bytes; null for a container without a network of its own. */
  received: number | null
  sent: number | null
  /** Bytes. */
  read: number
  written: number
  pids: number
}

/** GET /containers/ID/stats */
export const containerUsageSchema = z.object({
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: number }) }),
  memory_stats: z.object({ usage: number, stats: z.object({ inactive_file: number }).nullish() }),
  networks: z.record(z.string(), z.object({ rx_bytes: number, tx_bytes: number })).nullish(),
  blkio_stats: z
    .object({ io_service_bytes_recursive: z.array(z.object({ op: z.string(), value: number })).nullish() })
    .nullish(),
  pids_stats: z.object({ current: number }).nullish(),
})

export function toContainerUsage(answer: z.infer<typeof containerUsageSchema>): ContainerUsage {
  const { memory_stats: memory, blkio_stats: disk } = answer
  const networks = Object.values(answer.networks ?? {})
  const bytes = (operation: string) =>
    sum(
      (disk?.io_service_bytes_recursive ?? [])
        .filter(({ op }) => op.toLowerCase() === operation)
        .map(({ value }) => value),
    )
  return {
    cpu: answer.cpu_stats.cpu_usage.total_usage / 1000,
    memory: Math.max(0, memory.usage - (memory.stats?.inactive_file ?? 0)),
    received: networks.length === 0 ? null : sum(networks.map((each) => each.rx_bytes)),
    sent: networks.length === 0 ? null : sum(networks.map((each) => each.tx_bytes)),
    read: bytes('read'),
    written: bytes('write'),
    pids: answer.pids_stats?.current ?? 0,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
