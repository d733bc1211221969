import type { Container } from '../../shared/containers'
import type { KeptLog } from '../../shared/logs'
import { projectOf } from './containers'

/** A log that can be shown: that of a container, or a kept log of removed containers. */
export interface LogSource {
  name: string
  project: string | undefined
  container: Container | undefined
  kept: KeptLog | undefined
}

/** All logs by name: existing containers first, each group in the order of the names. */
export function logSources(containers: Iterable<Container>, kept: readonly KeptLog[]): LogSource[] {
  const sources = new Map<string, LogSource>()
  for (const container of containers) {
    const { name } = container
    sources.set(name, { name, project: projectOf(container), container, kept: undefined })
  }
  for (const log of kept) {
    const known = sources.get(log.name)
    if (known) known.kept = log
    else
      sources.set(log.name, {
        name: log.name,
        project: log.project ?? undefined,
        container: undefined,
        kept: log,
      })
  }
  return [...sources.values()].sort(
    (a, b) => Number(!a.container) - Number(!b.container) || a.name.localeCompare(b.name),
  )
}

/** The names of the Compose projects that have logs. */
export function logProjects(sources: readonly LogSource[]): string[] {
  return [...new Set(sources.flatMap(({ project }) => project ?? []))].sort()
}
