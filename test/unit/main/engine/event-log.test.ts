import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { EventLog } from '../../../../src/main/engine/event-log'
import type { DockerEvent } from '../../../../src/main/engine/events'
import { keptEvents, keptExecEvents } from '../../../../src/shared/event-limits'

describe('the log of events', () => {
  let state: EventEmitter<{ reported: [DockerEvent] }>
  let log: EventLog

  beforeEach(() => {
    state = new EventEmitter()
    log = new EventLog({ state })
  })
  function report(Action: string, change: Partial<DockerEvent> = {}): void {
    state.emit('reported', { Type: 'container', Action, Actor: { ID: 'c1', Attributes: {} }, ...change })
  }

  it('splits an action from its detail', () => {
    report('health_status: unhealthy')
    report('exec_start: /bin/sh -c echo a: b')
    report('die')
    expect(log.list({ exec: true }).map(({ action, detail }) => [action, detail])).toEqual([
      ['health_status', 'unhealthy'],
      ['exec_start', '/bin/sh -c echo a: b'],
      ['die', ''],
    ])
  })

  it('takes the name from the attributes, and that of a volume from its id', () => {
    report('create', { Actor: { ID: 'c1', Attributes: { name: 'web' } } })
    report('create', { Type: 'volume', Actor: { ID: 'data', Attributes: { driver: 'local' } } })
    report('reload', { Type: 'daemon', Actor: { ID: 'd1', Attributes: {} } })
    expect(log.list({ exec: false }).map(({ name }) => name)).toEqual(['web', 'data', ''])
  })

  it('reads the time in milliseconds', () => {
    report('start', { time: 7, timeNano: 7_250_000_000 })
    report('start', { time: 8 })
    expect(log.list({ exec: false }).map(({ time }) => time)).toEqual([7250, 8000])
  })

  it('keeps the last events, and a flood of health checks replaces no other event', () => {
    report('create')
    for (let count = 0; count < keptEvents * 2; count++) report('exec_die')
    expect(log.list({ exec: false }).map(({ action }) => action)).toEqual(['create'])
    expect(log.list({ exec: true })).toHaveLength(keptExecEvents + 1)
    for (let count = 0; count < keptEvents; count++) report('start')
    expect(log.list({ exec: false })).toHaveLength(keptEvents)
    expect(log.list({ exec: false })[0]?.action).toBe('start')
  })

  it('lists all events in their order', () => {
    for (const action of ['create', 'exec_create: sh', 'start', 'exec_die', 'die']) report(action)
    expect(log.list({ exec: true }).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5])
  })

  it('cuts long labels', () => {
    report('start', { Actor: { ID: 'c1', Attributes: { long: 'x'.repeat(5_000) } } })
    expect(log.list({ exec: false })[0]?.attributes[0]?.[1]).toHaveLength(1_000)
  })
})
