import { EventEmitter } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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

  it('cuts every text of an event', () => {
    const long = 'x'.repeat(5_000)
    report(`${long}: ${long}`, { Type: long, Actor: { ID: long, Attributes: { name: long } } })
    const [event] = log.list({ exec: false })
    const { kind = '', action = '', detail = '', id = '', name = '' } = event ?? {}
    expect([kind, action, detail, id, name].map(({ length }) => length)).toEqual(
      Array.from({ length: 5 }, () => 1_000),
    )
  })

  it('leaves out the longest labels of an event with many long labels', () => {
    const labels = Array.from({ length: 99 }, (_, index): [string, string] => [
      `a${index}`,
      'x'.repeat(900 + index),
    ])
    report('die', { Actor: { ID: 'c1', Attributes: { ...Object.fromEntries(labels), exitCode: '137' } } })
    const attributes = log.list({ exec: false })[0]?.attributes ?? []
    expect(attributes.flat().join('').length).toBeLessThanOrEqual(16 * 1024)
    expect(attributes.length).toBeGreaterThan(10)
    expect(attributes.at(-1)).toEqual(['exitCode', '137'])
    expect(attributes[0]?.[0]).toBe('a0')
  })

  it('keeps no text of an event in memory that it has cut', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const used = () => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const before = used()
    for (let count = 0; count < 40; count++) {
      const long = String.fromCharCode(97 + (count % 26)).repeat(1_000_000)
      // The parser makes flat texts, as it does for the engine's events.
      report('start', JSON.parse(JSON.stringify({ Actor: { ID: long, Attributes: { long } } })) as object)
    }
    expect(log.list({ exec: false })).toHaveLength(40)
    expect(used() - before).toBeLessThan(20_000_000)
  })
})
