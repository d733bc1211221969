import { describe, expect, it } from 'vitest'
import {
  formatCpu,
  formatUse,
  sparklinePath,
  summaryOf,
  withGaps,
  withPoint,
} from '../../../../src/renderer/lib/stats'
import type { StatsPoint } from '../../../../src/shared/stats'

const limits = { cpu: null, memory: null }
const point: StatsPoint = {
  ...{ id: 'web', cpu: 1, memory: 2, received: 0, sent: 0, read: 0, written: 0, pids: 1, limits },
}

describe('what a container uses', () => {
  it('is kept for a minute', () => {
    let use = withPoint(undefined, 0, point)
    for (const second of [30, 59, 61, 130]) use = withPoint(use, second * 1000, { ...point, cpu: second })
    expect(use.time).toEqual([130_000])
    expect(withPoint(use, 190_000, point)).toMatchObject({ time: [130_000, 190_000], cpu: [130, 1] })
  })

  it.each([
    [0, '0 %'],
    [0.0123, '1.2 %'],
    [0.0996, '10 %'],
    [1.5, '150 %'],
  ])('%d processors are %s', (processors, text) => {
    expect(formatCpu(processors)).toBe(text)
  })

  it.each([
    [512, '512 B'],
    [4.5 * 2 ** 20, '4.5 MiB'],
    [999.6 * 2 ** 10, '1 MiB'],
    [256 * 2 ** 20, '256 MiB'],
    [1.25 * 2 ** 30, '1.3 GiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatUse(bytes)).toBe(text)
  })
})

describe('a sparkline', () => {
  const box = { width: 60, height: 12, most: 10 }

  it('ends at the right edge, and its highest value is at the top', () => {
    expect(sparklinePath([0, 10_000], [0, 10], box)).toBe('M50.0 11.0L60.0 1.0')
    expect(sparklinePath([0], [99], box)).toBe('M60.0 1.0')
  })

  it('has a gap where nothing was measured, and shows one minute', () => {
    const path = sparklinePath([0, 30_000, 50_000, 70_000], [0, 0, 0, 0], box)
    expect(path).toBe('M20.0 11.0M40.0 11.0M60.0 11.0')
  })
})

describe('a graph', () => {
  it('has an empty point in each gap', () => {
    const data = withGaps(
      [1000, 2000, 60_000],
      [
        [1, 2, 3],
        [null, 5, 6],
      ],
    )
    expect(data).toEqual([
      [1, 2, 2.001, 60],
      [1, 2, null, 3],
      [null, 5, null, 6],
    ])
  })

  it('is described by its newest, average and highest value', () => {
    expect(summaryOf([1, null, 5, 3])).toEqual({ now: 3, average: 3, highest: 5 })
    expect(summaryOf([null])).toBeUndefined()
  })
})
