import { beforeAll, describe, expect, it } from 'vitest'
import { loadTexts, showLanguage } from '../../../../src/renderer/lib/i18n'
import { comparedRows, comparisonTasks, formatStart } from '../../../../src/renderer/lib/stack-comparison'
import type { Task } from '../../../../src/shared/tasks'

beforeAll(() => Promise.all([showLanguage('en'), loadTexts('stack')]))

const result = {
  container: { startMs: [300, 500, 400], memory: 2 ** 19, disk: 2e6, kernel: '6.12', processes: 2 },
  vm: { startMs: [4000, 4800, 5000], memory: 2 ** 27, disk: 60e6, kernel: '6.12', processes: 60 },
  accelerator: 'tcg' as const,
}
function task(change: Partial<Task>): Task {
  return {
    id: 'a',
    kind: 'comparison',
    params: {},
    state: 'succeeded',
    startedAt: 0,
    endedAt: 1,
    progress: null,
    detail: null,
    result,
    error: null,
    log: { start: 0, end: 0 },
    ...change,
  } as Task
}

describe('the rows of a comparison', () => {
  it('show the middle start, and how many times more the VM takes', () => {
    const [start, memory, disk, kernel, processes] = comparedRows(result)
    expect(start).toMatchObject({ container: '400 ms', vm: '4.8 s', factor: '12 times as much' })
    expect(start?.detail).toBe('Container: 300 ms, 500 ms, 400 ms. Virtual machine: 4.0 s, 4.8 s, 5.0 s.')
    expect(memory).toMatchObject({ container: '512 KiB', vm: '128 MiB', factor: '256 times as much' })
    expect(disk?.shares?.vm).toBe(1)
    expect(disk?.shares?.container).toBeCloseTo(1 / 30)
    expect(kernel).toEqual({
      key: 'kernel',
      label: 'Kernel that the program sees',
      container: '6.12',
      vm: '6.12',
      factor: '',
      detail: '',
    })
    expect(processes?.factor).toBe('30 times as much')
  })

  it('show no factor for similar or unknown values', () => {
    const [start] = comparedRows({ ...result, vm: { ...result.vm, startMs: [405] } })
    expect(start?.factor).toBe('')
    const [, memory] = comparedRows({ ...result, container: { ...result.container, memory: 0 } })
    expect(memory?.factor).toBe('')
  })
})

describe('a time to the first output', () => {
  it('is in milliseconds or seconds', () => {
    expect([12.4, 999.4, 999.6, 4123].map(formatStart)).toEqual(['12 ms', '999 ms', '1.0 s', '4.1 s'])
  })
})

describe('the tasks of comparisons', () => {
  it('are the running one, and the newest that succeeded', () => {
    const running = task({ id: 'r', state: 'running', result: null })
    const failed = task({ id: 'f', state: 'failed', result: null })
    const old = task({ id: 'o' })
    expect(comparisonTasks([running, failed, task({ id: 'n' }), old])).toMatchObject({
      running: { id: 'r' },
      last: { id: 'n' },
    })
    expect(comparisonTasks([failed])).toEqual({ running: undefined, last: undefined })
  })
})
