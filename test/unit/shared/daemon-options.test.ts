import { describe, expect, it } from 'vitest'
import { changedDaemonOptions, daemonProblem } from '../../../src/shared/daemon-options'

describe('a daemon.json', () => {
  it('that dockerd accepts has no problem', () => {
    expect(
      daemonProblem({
        debug: true,
        'log-driver': 'local',
        'log-opts': { 'max-size': '10m' },
        'default-address-pools': [{ base: '10.20.0.0/16', size: 24 }],
        'default-ulimits': { nofile: { Name: 'nofile', Soft: 1024, Hard: 4096 } },
        features: { 'containerd-snapshotter': true },
        proxies: { 'http-proxy': 'http://proxy:3128' },
      }),
    ).toBeUndefined()
  })

  it.each(['hosts', 'containerd', 'data-root', 'live-restore', 'pidfile'])(
    'may not set %s, because that would break Berth',
    (key) => {
      expect(daemonProblem({ debug: true, [key]: [] })).toEqual({ reason: 'refused', key })
    },
  )

  it('may only contain options that dockerd knows', () => {
    expect(daemonProblem({ 'registry-mirror': [] })).toEqual({ reason: 'unknown', key: 'registry-mirror' })
    expect(daemonProblem(JSON.parse('{"__proto__": 1}') as Record<string, unknown>)).toMatchObject({
      reason: 'unknown',
    })
    expect(daemonProblem({ toString: true })).toMatchObject({ reason: 'unknown' })
  })

  it.each([
    [{ debug: 'yes' }, 'debug', []],
    [{ dns: ['dns.example.com'] }, 'dns', [0]],
    [{ 'default-address-pools': [{ base: '10.0.0.0/8', size: '24' }] }, 'default-address-pools', [0, 'size']],
    [{ 'log-level': 'loud' }, 'log-level', []],
    [{ proxies: { http: 'http://proxy' } }, 'proxies', []],
  ])(
    'with a value of the wrong type has a problem that names the key and the path: %j',
    (settings, key, path) => {
      expect(daemonProblem(settings)).toEqual({ reason: 'type', key, path })
    },
  )
})

describe('the difference between two daemon.json files', () => {
  it('is a list of keys, and the order of the keys inside a value does not matter', () => {
    const before = { debug: true, 'log-opts': { a: '1', b: '2' }, mtu: 1500 }
    const after = { 'log-opts': { b: '2', a: '1' }, mtu: 1400, init: true }
    expect(changedDaemonOptions(before, after)).toEqual(['debug', 'init', 'mtu'])
    expect(changedDaemonOptions(before, { ...before })).toEqual([])
  })
})
