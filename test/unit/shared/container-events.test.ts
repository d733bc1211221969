import { describe, expect, it } from 'vitest'
import { endsByContainer, healthByContainer } from '../../../src/shared/container-events'
import type { ReportedEvent } from '../../../src/shared/events'

describe('the ends of containers', () => {
  let number = 0
  const event = (action: string, change: Partial<ReportedEvent> = {}): ReportedEvent => ({
    ...{
      number: ++number,
      time: number * 1000,
      kind: 'container',
      action,
      detail: '',
      id: 'c1',
      name: 'web',
    },
    attributes: [],
    ...change,
  })
  const die = (code: string): ReportedEvent => event('die', { attributes: [['exitCode', code]] })

  it('are those that nobody has asked for, with their reasons', () => {
    const events = [event('start'), die('1'), event('start'), event('oom'), die('137'), event('start')]
    expect(endsByContainer(events).get('c1')).toEqual([
      { time: events[1]?.time, code: 1, outOfMemory: false },
      { time: events[4]?.time, code: 137, outOfMemory: true },
    ])
    expect(endsByContainer([event('start'), event('kill'), die('143')]).size).toBe(0)
    expect(endsByContainer([event('kill'), event('start'), die('2')]).get('c1')).toHaveLength(1)
  })

  it('are apart from their health checks, of which those of the last start count', () => {
    const healthy = event('health_status', { detail: 'healthy' })
    const sick = event('health_status', { detail: 'unhealthy' })
    expect(healthByContainer([healthy]).get('c1')).toEqual({ passed: true, sinceStart: false })
    expect(healthByContainer([event('start'), sick]).get('c1')).toEqual({ passed: false, sinceStart: true })
    expect(healthByContainer([event('start'), healthy, sick]).get('c1')).toEqual({
      passed: true,
      sinceStart: true,
    })
    expect(healthByContainer([healthy, event('start')]).get('c1')).toEqual({
      passed: false,
      sinceStart: true,
    })
    expect(healthByContainer([event('health_status', { detail: 'healthy', kind: 'network' })]).size).toBe(0)
  })

  it('keep a code that is not a number out', () => {
    expect(endsByContainer([die('<b>')]).get('c1')).toMatchObject([{ code: 0 }])
  })
})
