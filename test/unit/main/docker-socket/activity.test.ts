import { describe, expect, it } from 'vitest'
import { isListening } from '../../../../src/main/docker-socket/activity'

describe('a docker client’s request', () => {
  it.each([
    ['GET', '/events', true],
    ['GET', '/containers/web/logs', true],
    ['GET', '/containers/web/stats', true],
    ['GET', '/services/web/logs', true],
    ['POST', '/containers/web/wait', false],
    ['GET', '/containers/json', false],
    ['POST', '/containers/web/attach', false],
    ['POST', '/build', false],
    ['GET', '/containers/web/export', false],
  ])('%s %s only listens: %s', (method, path, expected) => {
    expect(isListening({ method, path })).toBe(expected)
  })
})
