import { describe, expect, it } from 'vitest'
import { applyTaskEvent, taskPercent } from '../../../../src/renderer/lib/tasks'
import type { Task } from '../../../../src/shared/tasks'
import { fakeTask } from '../../../support/fake-task'

const ids = (tasks: Task[]) => tasks.map(({ id }) => id)

describe('applyTaskEvent', () => {
  it('keeps the newest state of each task, in the order of their starts', () => {
    const tasks = new Map<string, Task>()
    const other = { ...fakeTask, id: 'other' }
    applyTaskEvent(tasks, { type: 'snapshot', tasks: [fakeTask, other] })
    applyTaskEvent(tasks, { type: 'task', task: { ...fakeTask, progress: { done: 1, unit: 'bytes' } } })
    expect([...tasks.keys()]).toEqual([fakeTask.id, 'other'])
    expect(tasks.get(fakeTask.id)?.progress).toEqual({ done: 1, unit: 'bytes' })
    applyTaskEvent(tasks, { type: 'removed', id: 'other' })
    expect([...tasks.keys()]).toEqual([fakeTask.id])
    applyTaskEvent(tasks, { type: 'snapshot', tasks: [] })
    expect(tasks.size).toBe(0)
  })

  it('returns each task that has ended once, also after a lost connection, but no task of the past', () => {
    const tasks = new Map<string, Task>()
    const old: Task = { ...fakeTask, id: 'old', state: 'failed' }
    expect(applyTaskEvent(tasks, { type: 'snapshot', tasks: [old, fakeTask] })).toEqual([])
    const done: Task = { ...fakeTask, state: 'succeeded' }
    expect(ids(applyTaskEvent(tasks, { type: 'task', task: done }))).toEqual([fakeTask.id])
    expect(applyTaskEvent(tasks, { type: 'task', task: done })).toEqual([])
    applyTaskEvent(tasks, { type: 'task', task: { ...fakeTask, id: 'new' } })
    const snapshot = applyTaskEvent(tasks, {
      type: 'snapshot',
      tasks: [done, { ...fakeTask, id: 'new', state: 'cancelled' }],
    })
    expect(ids(snapshot)).toEqual(['new'])
  })
})

describe('taskPercent', () => {
  it('is known only if the total is known', () => {
    expect(taskPercent({ ...fakeTask, progress: { done: 1, total: 3, unit: 'steps' } })).toBe(33)
    expect(taskPercent({ ...fakeTask, progress: { done: 4, total: 3, unit: 'bytes' } })).toBe(100)
    expect(taskPercent({ ...fakeTask, progress: { done: 4, total: 0, unit: 'bytes' } })).toBeNull()
    expect(taskPercent({ ...fakeTask, progress: { done: 4, unit: 'bytes' } })).toBeNull()
    expect(taskPercent(fakeTask)).toBeNull()
  })
})
