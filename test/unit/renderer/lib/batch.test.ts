import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Batch } from '../../../../src/renderer/lib/batch'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('publishes the first value immediately, and the values of a burst together', () => {
  const published: string[] = []
  const batch = new Batch<string>(30, (values) => published.push([...values].join()))
  batch.add(['a'])
  expect(published).toEqual(['a'])
  batch.add(['b'])
  batch.add(['a', 'b'])
  expect(published).toEqual(['a'])
  vi.advanceTimersByTime(30)
  expect(published).toEqual(['a', 'b,a'])
  vi.advanceTimersByTime(30)
  batch.add(['c'])
  expect(published).toEqual(['a', 'b,a', 'c'])
})
