import { describe, expect, it } from 'vitest'
import type { StatsEvent } from '../../src/shared/stats'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'
import { eventually } from '../support/eventually'

const limits = { cpu: 0.5, memory: null }
const point = {
  id: 'web',
  cpu: 0.1,
  memory: 5,
  received: null,
  sent: null,
  read: 1,
  written: 2,
  pids: 3,
  limits,
}

function points(time: number): StatsEvent {
  return { type: 'points', time, points: [point] }
}

describe.each(carriers)('measurements over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier)

  it('know how many windows are open', async () => {
    const second = await test.host.connect()
    await second.client.app.info()
    await test.client.app.info()
    expect(test.services.stats.windows).toBe(2)
    second.drop()
    await eventually(() => {
      expect(test.services.stats.windows).toBe(1)
    })
  })

  it('begin with the history and continue with each sample', async () => {
    const events = await test.client.stats.watch({})
    expect((await events.next()).value).toEqual({ type: 'history', containers: [] })
    test.services.stats.measure(points(1000))
    expect((await events.next()).value).toEqual(points(1000))
  })

  it('skip samples for a slow window, and send it the history again', async () => {
    const events = await test.client.stats.watch({ id: 'web' })
    await events.next()
    for (let time = 0; time < 50; time++) test.services.stats.measure(points(time))
    expect((await events.next()).value).toEqual({ type: 'history', containers: [] })
  })

  it('end when the window closes', async () => {
    await (await test.client.stats.watch({})).next()
    expect(test.services.stats.watchers).toBe(1)
    test.connection.drop()
    await eventually(() => {
      expect(test.services.stats.watchers).toBe(0)
    })
  })

  it('list processes as soon as they are known, and only the newest list', async () => {
    const lists = await test.client.stats.processes({ id: 'web' })
    const first = lists.next()
    await eventually(() => {
      expect(test.services.stats.watchers).toBe(1)
    })
    test.services.stats.listProcesses({ processes: [], truncated: false, supported: true })
    expect((await first).value).toMatchObject({ truncated: false })
    for (const truncated of [false, true])
      test.services.stats.listProcesses({ processes: [], truncated, supported: true })
    expect((await lists.next()).value).toMatchObject({ truncated: true })
  })

  it('send a signal only to a process that the input names completely', async () => {
    const signal = { id: 'web', pid: 7, start: 9, signal: 'TERM' } as const
    await test.client.stats.signal(signal)
    expect(test.services.calls).toEqual(['stats.signal web 7 9 TERM'])
    for (const wrong of [
      { ...signal, pid: -1 },
      { ...signal, signal: 'STOP' as 'TERM' },
      { ...signal, id: '; x' },
    ])
      await expect(test.client.stats.signal(wrong)).rejects.toMatchObject({
        data: { code: 'input.invalid' },
      })
    expect(test.services.calls).toHaveLength(1)
  })
})
