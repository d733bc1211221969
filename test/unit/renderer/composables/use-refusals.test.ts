import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { useRefusals } from '../../../../src/renderer/composables/use-refusals'
import type { Refusals } from '../../../../src/shared/isolation'

/** The watches that were opened. The test decides when each of them sends its values. */
const watches = vi.hoisted(() => [] as { send: (values: unknown[]) => void; signal: AbortSignal }[])

vi.mock('../../../../src/renderer/api', () => ({
  toBerthError: (error: unknown) => error,
  isAborted: (signal: AbortSignal) => signal.aborted,
  api: {
    isolation: {
      refusals: (_input: unknown, { signal }: { signal: AbortSignal }) =>
        new Promise((resolve) => {
          watches.push({ send: resolve, signal })
        }),
    },
  },
}))

const some: Refusals = { refusals: [], more: true, lost: false }
const others: Refusals = { refusals: [], more: false, lost: true }

describe('the refusals of a container', () => {
  beforeEach(() => {
    watches.length = 0
  })
  function open() {
    const container = ref({ id: 'a', pid: 7 })
    const scope = effectScope()
    const found = scope.run(() => useRefusals(() => container.value as never))
    if (found === undefined) throw new Error('The scope has ended')
    return { container, scope, ...found }
  }

  it('are still taken when the container has stopped, because one may be the reason', async () => {
    const { container, start, refusals, isWatching } = open()
    const watching = start()
    container.value = { id: 'a', pid: 0 }
    await nextTick()
    expect(watches[0]?.signal.aborted).toBe(false)
    watches[0]?.send([some])
    await watching
    expect(refusals.value).toEqual(some)
    expect(isWatching.value).toBe(false)
  })

  it('are those of the last watch', async () => {
    const { start, stop, refusals, isWatching } = open()
    const first = start()
    stop()
    const second = start()
    watches[0]?.send([some])
    await first
    expect(refusals.value).toBeUndefined()
    expect(isWatching.value).toBe(true)
    watches[1]?.send([others])
    await second
    expect(refusals.value).toEqual(others)
  })

  it('are not read any more when the page is left', () => {
    const { start, scope } = open()
    void start()
    scope.stop()
    expect(watches[0]?.signal.aborted).toBe(true)
  })
})
