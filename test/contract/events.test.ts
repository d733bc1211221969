import { describe, expect, it } from 'vitest'
import type { ReportedEvents } from '../../src/shared/events'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'
import { eventually } from '../support/eventually'

describe.each(carriers)('engine events over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier)

  function report(Action: string, attributes: Record<string, string> = { name: 'web' }): void {
    test.services.state.emit('reported', {
      Type: 'container',
      Action,
      Actor: { ID: 'c1', Attributes: attributes },
      timeNano: 5_000_000_000,
    })
  }

  it('begin with the kept ones and continue with each new one', async () => {
    report('create')
    const events = await test.client.events.watch({ exec: false })
    const start = { number: 2, time: 5000, kind: 'container', action: 'start', detail: '', id: 'c1' }
    expect((await events.next()).value).toMatchObject({ type: 'snapshot', events: [{ action: 'create' }] })
    report('start')
    expect((await events.next()).value).toEqual({
      type: 'event',
      event: { ...start, name: 'web', attributes: [['name', 'web']] },
    })
  })

  it('leave out commands in containers, unless the window asks for them', async () => {
    report('exec_start: curl localhost')
    const quiet = await test.client.events.watch({ exec: false })
    const all = await test.client.events.watch({ exec: true })
    expect((await quiet.next()).value).toEqual({ type: 'snapshot', events: [] })
    expect((await all.next()).value).toMatchObject({
      events: [{ action: 'exec_start', detail: 'curl localhost' }],
    })
    report('exec_die')
    report('die')
    expect((await quiet.next()).value).toMatchObject({ event: { action: 'die' } })
    expect((await all.next()).value).toMatchObject({ event: { action: 'exec_die' } })
  })

  it('send a slow window the kept events again', async () => {
    const events = await test.client.events.watch({ exec: false })
    await events.next()
    for (let count = 0; count < 1_000; count++) report('start')
    const again = (await events.next()).value as ReportedEvents
    expect(again.type === 'snapshot' && again.events).toHaveLength(1_000)
  })

  it('keep labels that no record could hold as they are', async () => {
    report('start', JSON.parse('{"__proto__":"x","<b>":"\\u202e"}') as Record<string, string>)
    const events = await test.client.events.watch({ exec: false })
    expect((await events.next()).value).toMatchObject({
      events: [
        {
          attributes: [
            ['__proto__', 'x'],
            ['<b>', '\u202e'],
          ],
        },
      ],
    })
  })

  it('end when the window closes', async () => {
    await (await test.client.events.watch({ exec: false })).next()
    expect(test.services.events.listenerCount('event')).toBe(1)
    test.connection.drop()
    await eventually(() => {
      expect(test.services.events.listenerCount('event')).toBe(0)
    })
  })
})
