import type { FindingOf } from '../../../shared/hints'
import type { Subject } from '../subject'

/**
 * A health check that has never passed since the container's start. The engine keeps only how many times in a row the
 * check has failed. If these are as many runs as fit into the container's life, it has never passed.
 */
export function healthRule({
  container,
  setup: { health },
  readAt,
}: Subject): FindingOf<'health'> | undefined {
  if (container.health !== 'unhealthy' || health === null || container.startedAt === null) return undefined
  const { failures, startPeriodMs, intervalMs, probeMs } = health
  const runs = Math.floor((readAt - container.startedAt - startPeriodMs) / (intervalMs + probeMs))
  return failures >= runs ? { rule: 'health', failures } : undefined
}
