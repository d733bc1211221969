import { describe, expect, it } from 'vitest'
import { specDiff } from '../../../../src/renderer/lib/spec-diff'
import type { RunRequest } from '../../../../src/shared/run'
import { request } from './run-request'

const words = { on: 'on', off: 'off', none: 'default' }

describe('specDiff', () => {
  it('names only the entries that go and come', () => {
    const after: RunRequest = {
      ...request,
      name: 'site',
      environment: [
        { name: 'A', value: '1' },
        { name: 'B', value: '3' },
      ],
      ports: [...request.ports, { hostIp: '::1', hostPort: 0, containerPort: 53, protocol: 'udp' }],
      memory: 0,
      init: true,
    }
    const diff = specDiff(request, after, words)
    expect(new Map(diff.map(({ field, removed, added }) => [field, [removed, added]]))).toEqual(
      new Map([
        ['name', [['web'], ['site']]],
        ['environment', [['B=2'], ['B=3']]],
        ['ports', [[], ['[::1]:* → 53/udp']]],
        ['memory', [['512m'], ['default']]],
        ['init', [['off'], ['on']]],
      ]),
    )
  })

  it('has no lines for a list in another order', () => {
    const after = { ...request, environment: request.environment.toReversed() }
    expect(specDiff(request, after, words)).toEqual([{ field: 'environment', removed: [], added: [] }])
    expect(specDiff(request, request, words)).toEqual([])
  })
})
