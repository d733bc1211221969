import { describe, expect, it } from 'vitest'
import {
  applyReportedEvents,
  attributesText,
  changesSince,
  crashesSince,
  deedOf,
  eventKind,
  namedDeed,
  standingEvents,
} from '../../../../src/renderer/lib/events'
import { keptEvents, keptExecEvents } from '../../../../src/shared/event-limits'
import type { ReportedEvent } from '../../../../src/shared/events'

let number = 0
function event(action: string, change: Partial<ReportedEvent> = {}): ReportedEvent {
  number += 1
  return {
    number,
    time: number,
    kind: 'container',
    action,
    detail: '',
    id: 'c1',
    name: 'web',
    attributes: [],
    ...change,
  }
}

describe('the stream of events', () => {
  it('replaces the events with a snapshot, and adds each later event', () => {
    const events = [event('old')]
    const [first, second] = [event('create'), event('start')]
    applyReportedEvents(events, { type: 'snapshot', events: [first] })
    applyReportedEvents(events, { type: 'event', event: second })
    expect(events).toEqual([first, second])
  })

  it('never keeps more events than main', () => {
    const events: ReportedEvent[] = []
    for (let count = 0; count < keptEvents + 10; count++)
      applyReportedEvents(events, { type: 'event', event: event('start') })
    expect(events).toHaveLength(keptEvents)
    expect(events.at(-1)?.number).toBe(number)
  })

  it('keeps the other events when commands in containers cause many', () => {
    const first = event('start')
    const events = [first]
    for (let count = 0; count < keptEvents + keptExecEvents; count++)
      applyReportedEvents(events, { type: 'event', event: event('exec_start') })
    expect(events).toHaveLength(1 + keptExecEvents)
    expect(events[0]).toBe(first)
    expect(events.at(-1)?.number).toBe(number)
  })

  it('stands still with the held events, also when the live ones are others', () => {
    const held = [event('create'), event('exec_start'), event('start')]
    const [created, exec, started] = held
    expect(standingEvents(held, [event('die')], { exec: true })).toEqual(held)
    expect(standingEvents(held, [event('die')], { exec: false })).toEqual([created, started])
    const live = [created, exec, started, event('die')].flatMap((each) => each ?? [])
    expect(
      standingEvents(
        [created, started].flatMap((each) => each ?? []),
        live,
        { exec: true },
      ),
    ).toEqual(held)
    expect(standingEvents([], live, { exec: true })).toEqual([])
  })
})

describe('what an event has done', () => {
  it('is bad for an exit with an error, a lack of memory and a failed health check', () => {
    const tones = [
      event('die', { attributes: [['exitCode', '0']] }),
      event('die', { attributes: [['exitCode', '3']] }),
      event('oom'),
      event('health_status', { detail: 'unhealthy' }),
      event('health_status', { detail: 'healthy' }),
    ].map((each) => [deedOf(each)?.text, deedOf(each)?.tone])
    expect(tones).toEqual([
      ['exited', 'neutral'],
      ['exitedWith', 'bad'],
      ['outOfMemory', 'bad'],
      ['unhealthy', 'bad'],
      ['healthy', 'good'],
    ])
  })

  it('is nothing for actions that most users do not care about', () => {
    for (const action of ['exec_start', 'attach', 'kill', 'stop', '__proto__', 'constructor'])
      expect(deedOf(event(action))).toBeUndefined()
    expect(deedOf(event('mount', { kind: 'volume' }))).toBeUndefined()
  })

  it('names other kinds of the engine `other`', () => {
    expect(eventKind({ kind: 'builder' })).toBe('other')
    expect(eventKind({ kind: 'volume' })).toBe('volume')
  })
})

it('the list of all events names more actions, and an action without a text keeps its own name', () => {
  const deed = (action: string, change?: Partial<ReportedEvent>) => namedDeed(event(action, change))
  expect(deed('kill', { attributes: [['signal', '15']] })).toEqual({
    text: 'signalled',
    params: { signal: '15' },
  })
  expect(deed('exec_start', { detail: 'ls' })).toMatchObject({
    text: 'execStarted',
    params: { detail: 'ls' },
  })
  expect(deed('connect', { kind: 'network' })?.text).toBe('connected')
  expect(deed('top')).toBeUndefined()
})

it('the attributes of the engine come before the labels of the object', () => {
  const attributes: [string, string][] = [
    ['com.example.label', 'x'],
    ['image', 'busybox'],
    ['name', 'web'],
    ['exitCode', '1'],
  ]
  expect(attributesText({ attributes })).toBe('exitCode=1 com.example.label=x image=busybox')
})

it('crashes are the exits with an error since a time, with the last exit code', () => {
  const die = (code: string, time: number) => event('die', { time, attributes: [['exitCode', code]] })
  const events = [die('9', 1), die('1', 11), die('0', 12), die('2', 13), event('start', { time: 14 })]
  expect([...crashesSince(events, 10)]).toEqual([['c1', { count: 2, code: 2 }]])
})

it('an end after a signal of the user is no crash, until the container has been started again', () => {
  const die = (id: string) => event('die', { id, attributes: [['exitCode', '137']] })
  const kill = (id: string) => event('kill', { id })
  const before = kill('early')
  const events = [
    ...[kill('stopped'), die('stopped'), event('stop', { id: 'stopped' })],
    ...[kill('again'), die('again'), event('start', { id: 'again' }), die('again')],
    ...[kill('other'), die('own')],
    die('early'),
  ]
  const crashes = crashesSince([before, ...events], before.time)
  expect([...crashes].map(([id, { count }]) => [id, count])).toEqual([
    ['again', 1],
    ['own', 1],
  ])
})

describe('what has changed since a time', () => {
  it('is one entry for each object, the newest first', () => {
    const since = number
    const events = [
      event('create'),
      event('create', { id: 'data', name: 'data', kind: 'volume' }),
      event('start'),
    ]
    const changes = changesSince([event('destroy', { time: since }), ...events], since)
    expect(changes.map(({ name, deeds }) => [name, deeds.map(({ text }) => text)])).toEqual([
      ['web', ['created', 'started']],
      ['data', ['created']],
    ])
  })

  it('says a repetition once, and keeps the last deeds only', () => {
    const events = Array.from({ length: 100 }, () => [
      event('start'),
      event('die', { attributes: [['exitCode', '1']] }),
    ]).flat()
    const [change] = changesSince([...events, event('start'), event('start')], 0)
    expect(change?.deeds.map(({ text }) => text)).toEqual(['exitedWith', 'started', 'exitedWith', 'started'])
  })
})
