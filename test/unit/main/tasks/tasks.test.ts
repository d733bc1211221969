import { once } from 'node:events'
import { appendFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BoundedFile } from '../../../../src/main/host'
import { keptTasks, Tasks, type RunningTask } from '../../../../src/main/tasks/tasks'
import { BerthError } from '../../../../src/shared/errors'
import { taskEventSchema, type TaskEvent } from '../../../../src/shared/tasks'
import { silentLog } from '../../../support/fake-services'

type Pull = RunningTask<'pull'>

describe('tasks', () => {
  let parent: string
  let folder: string
  let tasks: Tasks
  let opened: Tasks[] = []
  const openTasks = async () => {
    const next = await Tasks.open({ folder, log: silentLog })
    opened.push(next)
    return next
  }

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'berth-tasks-'))
    folder = join(parent, 'tasks')
    tasks = await openTasks()
  })
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.closeAll()))
    opened = []
    await rm(parent, { recursive: true })
  })

  function pull(
    run: (task: Pull, signal: AbortSignal) => Promise<{ imageId: string }>,
    reference = 'node:latest',
  ): string {
    return tasks.start({ kind: 'pull', params: { reference }, run })
  }
  const untilAborted = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(new Error('aborted'))
      })
    })

  /** Resolves when the work of a started task has begun. */
  const begun = () => new Promise((resolve) => setImmediate(resolve))

  it('report their progress, their parts and their result', async () => {
    const events: TaskEvent[] = []
    tasks.on('change', (event) => events.push(taskEventSchema.parse(event)))
    const id = pull((task) => {
      task.progress({ done: 1, total: 2, unit: 'steps' })
      task.detail({ layers: [{ id: 'a', status: 'downloading', current: 1, total: 2 }] })
      return Promise.resolve({ imageId: 'sha256:1' })
    })
    expect(tasks.get(id)).toMatchObject({ state: 'running', endedAt: null, result: null })
    const task = await tasks.ended(id)
    expect(task).toMatchObject({
      state: 'succeeded',
      params: { reference: 'node:latest' },
      progress: { done: 1, total: 2 },
      result: { imageId: 'sha256:1' },
      error: null,
    })
    expect(task.endedAt).toBeGreaterThanOrEqual(task.startedAt)
    expect(events.at(0)).toMatchObject({ type: 'task', task: { id, state: 'running' } })
    expect(events.at(-1)).toMatchObject({ type: 'task', task: { id, state: 'succeeded' } })
  })

  it('send few reports of much progress, and always the newest one', async () => {
    let reports = 0
    tasks.on('change', () => (reports += 1))
    const id = pull(async (task) => {
      for (let done = 0; done < 10_000; done++) task.progress({ done, unit: 'bytes' })
      await once(tasks, 'change')
      expect(tasks.get(task.id).progress?.done).toBe(9_999)
      return { imageId: 'x' }
    })
    expect((await tasks.ended(id)).state).toBe('succeeded')
    expect(reports).toBeLessThan(10)
  })

  it('fail with a typed error', async () => {
    const id = pull(() => Promise.reject(new BerthError('registry.denied', { image: 'node' })))
    expect(await tasks.ended(id)).toMatchObject({
      state: 'failed',
      result: null,
      error: { code: 'registry.denied', params: { image: 'node' } },
    })
  })

  it.each([
    ['rejects', (signal: AbortSignal) => untilAborted(signal)],
    ['resolves', (signal: AbortSignal) => untilAborted(signal).catch(() => ({ imageId: 'x' }))],
  ])('are cancelled, and a cancel waits for the end of work that %s', async (_how, work) => {
    let cleaned = false
    const id = pull(async (_task, signal) => {
      try {
        return await work(signal)
      } finally {
        await begun()
        cleaned = true
      }
    })
    await begun()
    await tasks.cancel(id)
    expect(cleaned).toBe(true)
    expect(tasks.get(id)).toMatchObject({ state: 'cancelled', error: null, result: null })
    await tasks.cancel(id)
    expect(tasks.get(id).state).toBe('cancelled')
  })

  it('do not begin if they are cancelled immediately', async () => {
    const id = pull(() => Promise.reject(new Error('must not run')))
    await tasks.cancel(id)
    expect(tasks.get(id)).toMatchObject({ state: 'cancelled', error: null })
  })

  it('keep a log that can be read in parts, also after a restart, and never half a character', async () => {
    const id = pull(async (task) => {
      await task.log('첫 줄\n')
      void task.log('second line\n')
      return { imageId: 'x' }
    })
    const { log } = await tasks.ended(id)
    expect(log).toEqual({ start: 0, end: 20 })
    expect(await tasks.readLog(id, 0, 5)).toEqual({ text: '첫 ', start: 0, next: 4 })
    expect(await tasks.readLog(id, 1, 100)).toEqual({ text: ' 줄\nsecond line\n', start: 3, next: 20 })
    await tasks.closeAll()
    tasks = await openTasks()
    expect(tasks.get(id)).toMatchObject({ state: 'succeeded', log: { start: 0, end: 20 } })
    expect((await tasks.readLog(id, 8, 100)).text).toBe('second line\n')
  })

  it('keep the docker command that does the same', async () => {
    const id = tasks.start({
      kind: 'pull',
      params: { reference: 'busybox:latest' },
      command: ['docker', 'pull', 'a b'],
      run: () => Promise.resolve({ imageId: 'x' }),
    })
    await tasks.ended(id)
    expect(tasks.get(id).command).toEqual(['docker', 'pull', 'a b'])
    await tasks.closeAll()
    tasks = await openTasks()
    expect(tasks.get(id).command).toEqual(['docker', 'pull', 'a b'])
  })

  it('are listed after a restart, even if a crash has torn the history', async () => {
    const first = pull(() => Promise.resolve({ imageId: 'x' }))
    await tasks.ended(first)
    const second = pull((_task, signal) => untilAborted(signal), 'busybox:latest')
    await begun()
    await tasks.closeAll()
    expect(tasks.get(second).state).toBe('interrupted')
    const [history = ''] = (await readdir(folder)).filter((name) => name.startsWith('history'))
    await appendFile(join(folder, history), '{"task":{"id":"torn')
    tasks = await openTasks()
    expect(tasks.list()).toMatchObject([
      { id: first, state: 'succeeded' },
      { id: second, state: 'interrupted' },
    ])
    const third = pull(() => Promise.resolve({ imageId: 'y' }))
    await tasks.ended(third)
    await tasks.closeAll()
    tasks = await openTasks()
    expect(tasks.list().map(({ id }) => id)).toEqual([first, second, third])
  })

  it('that ran when Berth was killed are interrupted', async () => {
    const id = pull((_task, signal) => untilAborted(signal))
    const other = pull(() => Promise.resolve({ imageId: 'x' }))
    await tasks.ended(other)
    const after = await openTasks()
    expect(after.get(id)).toMatchObject({ state: 'interrupted', endedAt: null })
    await tasks.cancel(id)
  })

  it('are removed with their logs once they have ended', async () => {
    const id = pull(async (task) => {
      await task.log('line\n')
      return { imageId: 'x' }
    })
    await tasks.ended(id)
    const running = pull((_task, signal) => untilAborted(signal))
    await expect(tasks.dismiss(running)).rejects.toMatchObject({ code: 'task.still-running' })
    await tasks.dismiss(id)
    expect(tasks.list().map((task) => task.id)).toEqual([running])
    expect((await readdir(folder)).filter((name) => name.includes('.log.'))).toEqual([])
    await expect(tasks.dismiss(id)).rejects.toMatchObject({ code: 'task.not-found' })
    await tasks.cancel(running)
    await tasks.dismissEnded()
    await tasks.closeAll()
    expect((await openTasks()).list()).toEqual([])
  })

  it('that a crash has interrupted stay dismissed', async () => {
    const id = pull((_task, signal) => untilAborted(signal))
    await tasks.ended(pull(() => Promise.resolve({ imageId: 'x' })))
    const next = await openTasks()
    expect(next.get(id).state).toBe('interrupted')
    await next.dismissEnded()
    await next.closeAll()
    expect((await openTasks()).list()).toEqual([])
    await tasks.cancel(id)
  })

  it('begin anew if their history cannot be read', async () => {
    await mkdir(join(folder, 'history.0'), { recursive: true })
    const next = await openTasks()
    expect(next.list()).toEqual([])
    const id = next.start({
      kind: 'pull',
      params: { reference: 'a' },
      run: () => Promise.resolve({ imageId: 'x' }),
    })
    expect((await next.ended(id)).state).toBe('succeeded')
  })

  it('end even if their log cannot be closed', async () => {
    const close = vi.spyOn(BoundedFile.prototype, 'close').mockRejectedValueOnce(new Error('EIO'))
    const id = pull(async (task) => {
      await task.log('line\n')
      return { imageId: 'x' }
    })
    expect((await tasks.ended(id)).state).toBe('succeeded')
    close.mockRestore()
    await tasks.dismiss(id)
  })

  it('are forgotten when there are too many, oldest first', async () => {
    const ids: string[] = []
    for (let number = 0; number < keptTasks + 5; number++) {
      const id = pull(() => Promise.resolve({ imageId: 'x' }))
      ids.push(id)
      await tasks.ended(id)
    }
    await tasks.closeAll()
    expect(tasks.list().map(({ id }) => id)).toEqual(ids.slice(5))
    expect((await openTasks()).list().map(({ id }) => id)).toEqual(ids.slice(5))
  })

  it('delete the log of a task that is no longer in the history', async () => {
    const id = pull(async (task) => {
      await task.log('line\n')
      return { imageId: 'x' }
    })
    await tasks.ended(id)
    await rm(join(folder, 'history.0'))
    await openTasks()
    expect(await readdir(folder)).toEqual([])
  })

  it('need the machine while they run, unless they say otherwise', async () => {
    expect(tasks.needMachine).toBe(false)
    const backup = tasks.start({
      kind: 'image-save',
      params: { images: ['a'] },
      usesMachine: false,
      run: (_task, signal) => untilAborted(signal),
    })
    expect(tasks.needMachine).toBe(false)
    const id = pull((_task, signal) => untilAborted(signal))
    expect(tasks.needMachine).toBe(true)
    await tasks.cancel(id)
    expect(tasks.needMachine).toBe(false)
    await tasks.cancel(backup)
  })

  it('leave no file after a factory reset', async () => {
    const id = pull(async (task) => {
      await task.log('line\n')
      return { imageId: 'x' }
    })
    await tasks.ended(id)
    await tasks.forget()
    expect(tasks.list()).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })
})
