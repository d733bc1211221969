import { describe, expect, it } from 'vitest'
import { BulkActions } from '../../../../src/main/containers/bulk-actions'
import { BerthError } from '../../../../src/shared/errors'

/** Actions that wait until the test ends them, and that fail for the ids in `failures`. */
function gated(failures: Record<string, BerthError> = {}) {
  const calls: string[] = []
  let running = 0
  let most = 0
  const waiting: (() => void)[] = []
  const act = (name: string) => async (id: string) => {
    calls.push(`${name} ${id}`)
    running += 1
    most = Math.max(most, running)
    await new Promise<void>((resolve) => waiting.push(resolve))
    running -= 1
    const failure = failures[id]
    if (failure !== undefined) throw failure
  }
  const bulk = new BulkActions({
    actions: {
      start: act('start'),
      stop: act('stop'),
      restart: act('restart'),
      pause: act('pause'),
      unpause: act('unpause'),
      remove: (id, { force, volumes }) => act(`remove ${String(force)} ${String(volumes)}`)(id),
    },
    engine: {
      containers: {
        stopped: () =>
          Promise.resolve([
            { id: 'a', name: 'a', bytes: 10 },
            { id: 'b', name: 'b', bytes: 5 },
            { id: 'c', name: 'c', bytes: 1 },
          ]),
      },
    },
  })
  /** Ends actions until the task is done. */
  async function finish<T>(task: Promise<T>): Promise<T> {
    const progress = { over: false }
    const end = task.finally(() => (progress.over = true))
    while (!progress.over) {
      waiting.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    return end
  }
  return { bulk, calls, finish, most: () => most }
}

const paused = new BerthError('container.paused', { container: 'b' })

describe('an action on many containers', () => {
  it('reports the failure of one container, and does the others', async () => {
    const { bulk, finish } = gated({ b: paused })
    expect(await finish(bulk.run('stop', ['a', 'b', 'c']))).toEqual({
      done: ['a', 'c'],
      failures: [{ id: 'b', error: paused.toData() }],
    })
  })

  it('runs once for each container, and at most 50 stops at a time', async () => {
    const { bulk, calls, finish, most } = gated()
    const ids = Array.from({ length: 120 }, (_, index) => `c${String(index)}`)
    const { done } = await finish(bulk.run('stop', [...ids, 'c0']))
    expect(done).toHaveLength(120)
    expect(calls).toHaveLength(120)
    expect(most()).toBe(50)
  })

  it('removes with anonymous volumes, and does not mind a container that is gone', async () => {
    const gone = new BerthError('container.not-found', { container: 'b' })
    const { bulk, calls, finish } = gated({ b: gone })
    expect(await finish(bulk.run('remove', ['a', 'b']))).toEqual({ done: ['a', 'b'], failures: [] })
    expect(calls).toEqual(['remove true true a', 'remove true true b'])
  })

  it('prunes without force and keeps volumes, and counts only what it has removed', async () => {
    const { bulk, calls, finish } = gated({ b: paused })
    expect(await finish(bulk.prune(['a', 'b']))).toEqual({
      done: ['a'],
      failures: [{ id: 'b', error: paused.toData() }],
      bytes: 10,
    })
    expect(calls).toEqual(['remove false false a', 'remove false false b'])
  })
})
