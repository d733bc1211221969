import type { BuildStep, BuildSummary } from '../../shared/builds'

/** Makes the summary of a build from its steps. BuildKit's own steps, such as `[internal] …`, count too. */
export function summaryOf({
  steps,
  ...rest
}: Omit<BuildSummary, 'steps'> & { steps: readonly BuildStep[] }): BuildSummary {
  return {
    ...rest,
    steps: {
      total: steps.length,
      done: steps.filter(({ endedAt }) => endedAt !== null).length,
      cached: steps.filter(({ cached }) => cached).length,
    },
  }
}
