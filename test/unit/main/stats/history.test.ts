import { describe, expect, it } from 'vitest'
import { History } from '../../../../src/main/stats/history'
import { historyMs, historyPoints } from '../../../../src/shared/measuring'
import type { StatsPoint } from '../../../../src/shared/stats'

function point(id: string, cpu: number): StatsPoint {
  const limits = { cpu: null, memory: null }
  return { id, cpu, memory: 1, received: null, sent: null, read: 0, written: 0, pids: 1, limits }
}

describe('the history of containers', () => {
  it('returns the points since a time', () => {
    const history = new History()
    for (const second of [1, 2, 3]) history.add(second * 1000, point('web', second))
    expect(history.since(2000, 'web')?.series).toMatchObject({ time: [2000, 3000], cpu: [2, 3] })
    expect(history.since(4000, 'web')).toBeUndefined()
    expect(history.since(0, 'db')).toBeUndefined()
  })

  it('is bounded', () => {
    const history = new History()
    for (let second = 0; second < historyPoints + 50; second++)
      history.add(second * 1000, point('web', second))
    const series = history.since(0, 'web')?.series
    expect(series?.time).toHaveLength(historyPoints)
    expect(series?.cpu.at(0)).toBe(50)
    expect(series?.pids).toHaveLength(historyPoints)
  })

  it('forgets removed containers, and containers that have not run for minutes', () => {
    const history = new History()
    for (const id of ['web', 'db', 'old']) history.add(id === 'old' ? 0 : historyMs, point(id, 1))
    history.keep((id) => id !== 'db', historyMs + 1)
    expect([...history.ids]).toEqual(['web'])
  })
})
