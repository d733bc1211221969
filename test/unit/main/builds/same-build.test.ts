import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../../../src/main/builds/history-events'
import type { RunningBuild } from '../../../../src/main/builds/running-build'
import { isOwn } from '../../../../src/main/builds/same-build'
import type { BuildStep } from '../../../../src/shared/builds'

const loads = '[internal] load build definition from Dockerfile'
const step = (id: string, name = loads): BuildStep => ({
  ...{ id, name, inputs: [], startedAt: null, endedAt: null, cached: false },
  ...{ error: null, progress: [], miss: null, outputLength: 0 },
})
function own(steps: BuildStep[], endedAt: number | null = null): RunningBuild {
  return { progress: { steps }, summary: { startedAt: 10_000, endedAt } } as unknown as RunningBuild
}
const event = (startedAt: number) => ({ startedAt }) as HistoryEvent

describe('a build of the history is one of this app', () => {
  it('if both have loaded the Dockerfile in the same session', () => {
    const mine = own([step('a'), step('base', '[1/1] FROM busybox')])
    expect(isOwn(mine, event(10_000), [step('a')])).toBe(true)
    expect(isOwn(mine, event(10_000), [step('b'), step('base', '[1/1] FROM busybox')])).toBe(false)
  })

  it('if one has no steps, and it began while the other ran', () => {
    expect(isOwn(own([]), event(20_000), [step('b')])).toBe(true)
    expect(isOwn(own([step('a')], 15_000), event(11_000), [])).toBe(true)
    expect(isOwn(own([step('a')], 15_000), event(20_000), [])).toBe(false)
    expect(isOwn(own([]), event(1000), [step('b')])).toBe(false)
  })
})
