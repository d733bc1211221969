import { describe, expect, it } from 'vitest'
import type { ProcessReading } from '../../../../src/main/stats/meter'
import { Rates } from '../../../../src/main/stats/rates'
import { reading, sample } from './support'

describe('the rates of a container', () => {
  it('need two samples, and count per second of the machine’s clock', () => {
    const rates = new Rates()
    const limits = { cpu: 0.5, memory: null }
    expect(rates.points(sample(10, reading({ cpu: 1_000_000, limits })))).toEqual([])
    const now = reading({
      cpu: 4_000_000,
      memory: 77,
      received: 500,
      sent: 250,
      read: 1000,
      written: 2000,
      pids: 4,
    })
    expect(rates.points(sample(12, now))).toEqual([
      {
        ...{ id: 'web', cpu: 1.5, memory: 77, received: 250, sent: 125, read: 500, written: 1000, pids: 4 },
        limits,
      },
    ])
  })

  it('begin again after a restart of the container', () => {
    const rates = new Rates()
    rates.points(sample(1, reading({ cpu: 100 })))
    expect(rates.points(sample(2, reading({ run: 2, cpu: 900_000 })))).toEqual([])
    expect(rates.points(sample(3, reading({ run: 2, cpu: 1_900_000 })))).toMatchObject([{ cpu: 1 }])
  })

  it('have no network for a container without a network of its own', () => {
    const rates = new Rates()
    const none = { received: null, sent: null }
    rates.points(sample(1, reading(none)))
    expect(rates.points(sample(2, reading(none)))).toMatchObject([none])
  })

  it('are never negative', () => {
    const rates = new Rates()
    rates.points(sample(1, reading({ received: 900 })))
    expect(rates.points(sample(2, reading({ received: 0 })))).toMatchObject([{ received: 0 }])
  })
})

describe('the processes of a container', () => {
  const process = (change: Partial<ProcessReading>): ProcessReading => ({
    ...{ pid: 7, inner: 1, user: 0, parent: 1, cpu: 0, memory: 0, start: 500, state: 'S', command: 'sh' },
    ...change,
  })
  const list = (rates: Rates, second: number, now: number, ...processes: ProcessReading[]) => {
    const each = reading({ processes })
    return rates.processes(sample(second, each), each, now)?.processes
  }

  it('have a start time that stays the same, although the machine’s clock stops in a pause', () => {
    const rates = new Rates()
    expect(list(rates, 10, 100_000, process({}))).toMatchObject([{ startedAt: 95_000, cpu: null }])
    expect(list(rates, 12, 900_000, process({ cpu: 50 }))).toMatchObject([{ startedAt: 95_000, cpu: 0.25 }])
  })

  it('are told apart when a new process gets the id of an ended one', () => {
    const rates = new Rates()
    list(rates, 10, 0, process({ cpu: 900 }))
    expect(list(rates, 11, 0, process({ cpu: 1, start: 1050 }))).toMatchObject([{ cpu: null }])
  })

  it('are undefined if nobody watches them', () => {
    expect(new Rates().processes(sample(1), reading(), 0)).toBeUndefined()
  })
})
