import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changeProgress, type ChangeProgress } from '../../../../src/main/containers/change-progress'
import { Tasks } from '../../../../src/main/tasks/tasks'
import type { ChangeResult } from '../../../../src/shared/changes'
import { changeOf } from '../../../../src/shared/container-changes'
import { BerthError } from '../../../../src/shared/errors'
import { silentLog } from '../../../support/fake-services'

const result: ChangeResult = { containerId: 'new', unchanged: false, addresses: [] }

describe('the progress of a change of a container', () => {
  let folder: string
  let tasks: Tasks
  const open = () => Tasks.open({ folder: join(folder, 'tasks'), log: silentLog })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-changes-'))
    tasks = await open()
  })
  afterEach(async () => {
    await tasks.closeAll()
    await rm(folder, { recursive: true })
  })

  function start(work: (progress: ChangeProgress) => Promise<ChangeResult>): string {
    return tasks.start({
      kind: 'container-edit',
      params: { name: 'web', image: 'app', oldId: 'old' },
      errorsAfterCancel: ['container.not-restored'],
      run: (task, signal) => work(changeProgress(task, { signal, planned: 2 })),
    })
  }

  it('is a task with steps, and shows the layers of a pull only while it pulls', async () => {
    const layers = [{ id: 'a', status: 'downloading' as const, current: 1, total: 2 }]
    const seen: unknown[] = []
    const id = start(async (progress) => {
      await progress.step('pull', () => {
        progress.layers(layers)
        seen.push(changeOf(tasks.get(id))?.layers)
        return Promise.resolve()
      })
      await progress.step('create', () => {
        seen.push(tasks.get(id).progress)
        return Promise.resolve()
      })
      await progress.step('start', () => Promise.resolve())
      return result
    })
    const change = changeOf(await tasks.ended(id))
    expect(seen).toEqual([layers, { done: 1, total: 3, unit: 'steps' }])
    expect(change).toMatchObject({ state: 'succeeded', containerId: 'new', layers: [], cancellable: false })
    expect(change?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'pull done',
      'create done',
      'start done',
    ])
  })

  it('counts the bytes of a copy while it copies, and steps again afterwards', async () => {
    const seen: unknown[] = []
    const id = start(async (progress) => {
      await progress.step('create', () => Promise.resolve())
      await progress.step('copy', () => {
        progress.bytes(5, 10)
        seen.push(tasks.get(id).progress)
        // A file may have grown since it was measured.
        progress.bytes(11, 10)
        seen.push(tasks.get(id).progress)
        return Promise.resolve()
      })
      seen.push(tasks.get(id).progress)
      return result
    })
    await tasks.ended(id)
    expect(seen).toEqual([
      { done: 5, total: 10, unit: 'bytes' },
      { done: 10, total: 10, unit: 'bytes' },
      { done: 2, total: 3, unit: 'steps' },
    ])
  })

  it('keeps its steps after Berth has started again', async () => {
    const id = start(async (progress) => {
      try {
        await progress.step('create', () => Promise.reject(new BerthError('container.changing')))
      } finally {
        progress.restored()
      }
      return result
    })
    await tasks.ended(id)
    await tasks.closeAll()
    const again = await open()
    expect(changeOf(again.get(id))).toMatchObject({
      state: 'failed',
      restored: true,
      steps: [{ name: 'create', state: 'failed' }],
      containerId: 'old',
      error: { code: 'container.changing' },
    })
    await again.closeAll()
  })

  it('cannot be cancelled after its commit, and waits for its end', async () => {
    let release: () => void = () => undefined
    const id = start(async (progress) => {
      progress.commit()
      await new Promise<void>((resolve) => (release = resolve))
      progress.signal.throwIfAborted()
      return result
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(changeOf(tasks.get(id))).toMatchObject({ state: 'running', cancellable: false })
    const cancelled = tasks.cancel(id)
    release()
    await cancelled
    expect(tasks.get(id).state).toBe('succeeded')
  })

  it('shows a way back that failed, even if the user has cancelled', async () => {
    const untilCancelled = ({ signal }: ChangeProgress, error: () => BerthError): Promise<ChangeResult> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(error())
        })
      })
    const back = start((progress) => untilCancelled(progress, () => new BerthError('container.changing')))
    const lost = start((progress) => untilCancelled(progress, () => new BerthError('container.not-restored')))
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([tasks.cancel(back), tasks.cancel(lost)])
    expect(tasks.get(back)).toMatchObject({ state: 'cancelled', error: null })
    expect(tasks.get(lost)).toMatchObject({ state: 'failed', error: { code: 'container.not-restored' } })
  })
})
