import { describe, expect, it, vi } from 'vitest'
import { ChangeList, type ChangeProgress } from '../../../../src/main/containers/change-list'
import { BerthError } from '../../../../src/shared/errors'

const start = { kind: 'edit', name: 'web', image: 'app', oldId: 'old' } as const

describe('ChangeList', () => {
  it('shows each step while it happens, and then the result', async () => {
    const list = new ChangeList()
    let release: () => void = () => undefined
    const id = list.start(start, async (progress) => {
      await progress.step('create', () => Promise.resolve())
      await progress.step('start', () => new Promise<void>((resolve) => (release = resolve)))
      return { id: 'new' }
    })
    await vi.waitFor(() => {
      expect(list.all[0]?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
        'create done',
        'start running',
      ])
    })
    expect(list.all[0]).toMatchObject({ id, state: 'running', cancellable: true })
    release()
    await vi.waitFor(() => {
      expect(list.all[0]).toMatchObject({ state: 'succeeded', containerId: 'new', cancellable: false })
    })
  })

  it('tells a cancel from a failure, and does not cancel a change after its commit', async () => {
    const list = new ChangeList()
    const untilCancelled = async ({ signal }: ChangeProgress): Promise<{ id: string }> => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve)
      })
      signal.throwIfAborted()
      return { id: 'new' }
    }
    const cancelled = list.start(start, untilCancelled)
    list.cancel(cancelled)
    const failed = list.start(start, () => Promise.reject(new BerthError('container.changing')))
    const committed = list.start(start, (progress) => {
      progress.commit()
      return untilCancelled(progress)
    })
    list.cancel(committed)
    const stateOf = (id: string) => list.all.find((change) => change.id === id)
    await vi.waitFor(() => {
      expect(stateOf(cancelled)).toMatchObject({ state: 'cancelled', error: null })
      expect(stateOf(failed)).toMatchObject({ state: 'failed', error: { code: 'container.changing' } })
    })
    expect(stateOf(committed)).toMatchObject({ state: 'running' })
  })

  it('forgets an ended change on request, but not a running one, and at most keeps 20 ended ones', async () => {
    const list = new ChangeList()
    const running = list.start(start, () => new Promise(() => undefined))
    list.dismiss(running)
    expect(list.all).toHaveLength(1)
    for (let count = 0; count < 25; count += 1) {
      const id = list.start(start, () => Promise.resolve({ id: 'new' }))
      await vi.waitFor(() => {
        expect(list.all.find((change) => change.id === id)?.state).toBe('succeeded')
      })
    }
    expect(list.all.filter(({ state }) => state !== 'running').length).toBeLessThanOrEqual(21)
    const [newest] = list.all
    list.dismiss(newest?.id ?? '')
    expect(list.all[0]?.id).not.toBe(newest?.id)
  })
})
