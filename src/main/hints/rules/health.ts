import type { FindingOf } from '../../../shared/hints'
import type { Subject } from '../subject'

/**
 * A health check that has never passed since the container's start. The engine keeps only how many times in a row the
 * check has failed. If these are as many runs as fit into the container's life, it has never passed. In the start
 * period, a failure counts only if the check has passed before. Then only the events since the start tell the cases
 * apart.
 */
export function healthRule({
  container,
  setup: { health },
  healthEvents,
  readAt,
}: Subject): FindingOf<'health'> | undefined {
  if (container.health !== 'unhealthy' || health === null || container.startedAt === null) return undefined
  if (healthEvents?.passed === true) return undefined
  if (health.startPeriodMs > 0 && healthEvents?.sinceStart !== true) return undefined
  const { failures, startPeriodMs, intervalMs, probeMs } = health
  const runs = Math.floor((readAt - container.startedAt - startPeriodMs) / (intervalMs + probeMs))
  return failures >= runs ? { rule: 'health', failures } : undefined
}
