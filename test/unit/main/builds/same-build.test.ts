import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../../../src/main/builds/history-events'
import type { RunningBuild } from '../../../../src/main/builds/running-build'
import { isOwn, mayBeOwn } from '../../../../src/main/builds/same-build'
import type { BuildStatus, BuildStep } from '../../../../src/shared/builds'

const loads = '[internal] load build definition from Dockerfile'
const step = (id: string, name = loads): BuildStep => ({
  ...{ id, name, inputs: [], startedAt: null, endedAt: null, cached: false },
  ...{ error: null, progress: [], miss: null, outputLength: 0 },
})
interface Own {
  steps: BuildStep[]
  endedAt?: number
  tag?: string
  status?: BuildStatus
}
function own({ steps, endedAt, tag, status = 'running' }: Own): RunningBuild {
  const summary = {
    startedAt: 10_000,
    endedAt: endedAt ?? null,
    tags: tag === undefined ? [] : [tag],
    status,
  }
  return { progress: { steps }, summary } as unknown as RunningBuild
}
const event = (startedAt: number, tag = '') => ({ startedAt, tag }) as HistoryEvent

describe('a build of the history is one of this app', () => {
  it('if both have loaded the Dockerfile in the same session', () => {
    const mine = own({ steps: [step('a'), step('base', '[1/1] FROM busybox')] })
    expect(isOwn(mine, event(10_000), [step('a')])).toBe(true)
    expect(isOwn(mine, event(10_000), [step('b'), step('base', '[1/1] FROM busybox')])).toBe(false)
  })

  it('never if it loads no Dockerfile, and the other does', () => {
    expect(isOwn(own({ steps: [step('a')] }), event(10_000), [step('base', '[1/1] FROM busybox')])).toBe(
      false,
    )
  })

  it('if one has no steps, and it began while the other ran', () => {
    const ended = own({ steps: [step('a')], endedAt: 15_000 })
    expect(isOwn(own({ steps: [] }), event(20_000), [step('b')])).toBe(true)
    expect(isOwn(ended, event(11_000), [])).toBe(true)
    expect(isOwn(ended, event(20_000), [])).toBe(false)
    expect(isOwn(own({ steps: [] }), event(1000), [step('b')])).toBe(false)
  })

  it('not only because it began while the other ran, if the other has another tag or failed before any step', () => {
    const mine = own({ steps: [], tag: 'app:1' })
    expect(isOwn(mine, event(11_000, 'docker.io/library/app:1'), [step('b')])).toBe(true)
    expect(isOwn(mine, event(11_000, 'other'), [step('b')])).toBe(false)
    const failed = own({ steps: [], endedAt: 15_000, status: 'failed' })
    expect(isOwn(failed, event(11_000), [step('b')])).toBe(false)
    expect(isOwn(failed, event(11_000), [])).toBe(true)
  })

  it('may be, before its steps are known, if it began while the other ran, also if that has ended', () => {
    const cancelled = own({ steps: [step('a')], endedAt: 15_000, status: 'cancelled' })
    expect(mayBeOwn(cancelled, event(11_000))).toBe(true)
    expect(mayBeOwn(cancelled, event(20_000))).toBe(false)
  })
})
