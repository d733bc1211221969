import { describe, expect, it } from 'vitest'
import { findingsOf } from '../../../../src/main/hints/rules'
import { isHighUse } from '../../../../src/main/hints/rules/memory'
import type { Surroundings } from '../../../../src/main/hints/subject'
import type { Image } from '../../../../src/shared/images'
import type { HintRule } from '../../../../src/shared/hints'
import { image } from '../../renderer/support'
import { around, forward, gibibyte, hour, now, subject } from './support'

type Change = NonNullable<Parameters<typeof subject>[0]>

/** What a rule finds. Undefined if it finds nothing. */
function found(rule: HintRule, change: Change, surroundings: Partial<Surroundings> = {}) {
  return findingsOf(subject(change), around(surroundings)).find((finding) => finding.rule === rule)
}

it('a usual container has no hint', () => {
  expect(findingsOf(subject(), around())).toEqual([])
})

describe('the restart policy', () => {
  const stopped = { state: 'exited', finishedAt: now - hour - 1000, exitCode: 143 } as const

  it('is missing if a restart has stopped the container', () => {
    expect(found('restart-policy', { container: stopped, ranAtEnd: true })).toEqual({
      rule: 'restart-policy',
      finishedAt: now - hour - 1000,
    })
  })

  it('is missing if the container was lost with the machine', () => {
    const lost = { ...stopped, exitCode: 255 }
    expect(found('restart-policy', { container: lost })).toBeDefined()
    expect(
      found('restart-policy', { container: { ...lost, finishedAt: now - 3 * hour } }),
      'ended long before',
    ).toBeUndefined()
  })

  it.each<[string, Change, Partial<Surroundings>?]>([
    ['the user stopped it', { container: stopped }],
    [
      'the user stopped it after the restart',
      { container: { ...stopped, finishedAt: now - 1 }, ranAtEnd: true },
    ],
    ['it has a policy', { container: stopped, ranAtEnd: true, setup: { restartPolicy: 'always' } }],
    ['it runs again', { container: { ...stopped, state: 'running' }, ranAtEnd: true }],
    ['the engine removes it when it ends', { container: { ...stopped, autoRemove: true }, ranAtEnd: true }],
    [
      'nobody knows when the engine started',
      { container: stopped, ranAtEnd: true },
      { engineStartedAt: undefined },
    ],
  ])('is no hint if %s', (_why, change, surroundings) => {
    expect(found('restart-policy', change, surroundings)).toBeUndefined()
  })
})

describe('a restart loop', () => {
  const end = (secondsAgo: number, code = 1, outOfMemory = false) => ({
    time: now - secondsAgo * 1000,
    code,
    outOfMemory,
  })
  const loop: Change = { setup: { restartPolicy: 'always' }, ends: [end(60), end(40, 137, true), end(20)] }

  it('names the last ends, the newest first', () => {
    expect(found('restart-loop', { ...loop, ends: [end(100), ...(loop.ends ?? [])] })).toEqual({
      rule: 'restart-loop',
      count: 4,
      minutes: 5,
      ends: [end(20), end(40, 137, true), end(60)],
    })
    expect(found('restart-loop', { ...loop, container: { state: 'restarting' } })).toBeDefined()
  })

  it.each<[string, Change]>([
    ['it has ended only twice', { ...loop, ends: [end(40), end(20)] }],
    ['the ends were long ago', { ...loop, ends: [end(400), end(40), end(20)] }],
    ['it is not restarted', { ...loop, setup: { restartPolicy: 'no' } }],
    ['it is stopped', { ...loop, container: { state: 'exited' } }],
  ])('is no hint if %s', (_why, change) => {
    expect(found('restart-loop', change)).toBeUndefined()
  })
})

describe('a health check', () => {
  const check = { startPeriodMs: 0, intervalMs: 30_000, probeMs: 1000 }
  const failing = (failures: number, ageMs: number): Change => ({
    container: { health: 'unhealthy', startedAt: now - ageMs },
    setup: { health: { ...check, failures } },
  })

  it('has never passed if it has failed as often as it could have run', () => {
    expect(found('health', failing(3, 3 * 31_000))).toEqual({ rule: 'health', failures: 3 })
    expect(found('health', failing(100, 100 * 31_000 + 20_000))).toBeDefined()
  })

  it('with a start period has never passed only if the events since the start say so', () => {
    // The check has passed in the start period of ten minutes, and has failed three times since, also in that period.
    const health = { ...check, startPeriodMs: 600_000, failures: 3 }
    const young = { ...failing(3, 4 * 31_000), setup: { health } }
    expect(found('health', { ...young, healthEvents: { passed: true, sinceStart: true } })).toBeUndefined()
    expect(found('health', { ...young, healthEvents: { passed: false, sinceStart: false } })).toBeUndefined()
    expect(found('health', young), 'no events').toBeUndefined()
    const old = { ...failing(3, 600_000 + 3 * 31_000), setup: { health } }
    expect(found('health', { ...old, healthEvents: { passed: false, sinceStart: true } })).toBeDefined()
  })

  it('has passed if an event says so, whatever its failures', () => {
    const quickOnce = { ...failing(3, 3 * 31_000), healthEvents: { passed: true, sinceStart: false } }
    expect(found('health', quickOnce)).toBeUndefined()
  })

  it('has still never passed some time after its failures were counted', () => {
    const counted = { ...failing(3, 3 * 31_000), readAt: now }
    expect(found('health', counted, { now: now + hour })).toBeDefined()
  })

  it('has passed at some time if it has failed less often', () => {
    expect(found('health', failing(3, 4 * 31_000)), 'the first run has passed').toBeUndefined()
    expect(found('health', failing(3, 10 * 31_000))).toBeUndefined()
  })

  it('is no hint while it passes', () => {
    const { setup } = failing(3, 3 * 31_000)
    expect(found('health', { container: { health: 'healthy' }, setup: setup ?? {} })).toBeUndefined()
  })
})

describe('a published port', () => {
  it('is open to the network because the container asks for it', () => {
    const forwards = [forward('0.0.0.0'), forward('::')]
    expect(found('published', { forwards })).toMatchObject({ ports: [{ hostPort: 8080 }] })
    expect(found('network-switch', { forwards })).toBeUndefined()
  })

  it('is open to the network because the user has opened it', () => {
    const forwards = [forward('', { toNetwork: true, address: '0.0.0.0' })]
    expect(found('network-switch', { forwards })).toMatchObject({ ports: [{ hostPort: 8080 }] })
    expect(found('published', { forwards })).toBeUndefined()
  })

  it('is no hint on this computer only, or while it is not open', () => {
    const error = { code: 'port.taken' as const, params: {} }
    const forwards = [
      forward(''),
      forward('192.168.0.2'),
      forward('0.0.0.0', { state: 'failed', error }),
      forward('', { toNetwork: true, error }),
    ]
    expect(findingsOf(subject({ forwards }), around())).toEqual([])
  })
})

describe('rights', () => {
  const mount = { type: 'bind', readOnly: false } as const

  it('include the engine if its socket is mounted', () => {
    const socket = { ...mount, source: '/var/run/docker.sock', destination: '/run/engine.sock' }
    expect(found('docker-socket', { container: { mounts: [socket] } })).toEqual({
      rule: 'docker-socket',
      path: '/run/engine.sock',
    })
    const other = { ...mount, source: '/data/docker.sock.d', destination: '/data' }
    expect(found('docker-socket', { container: { mounts: [other] } })).toBeUndefined()
  })

  it('are all rights if the container is privileged', () => {
    expect(
      found('privileged', { setup: { privileged: true, capAdd: ['NET_ADMIN'], devices: ['/dev/fuse'] } }),
    ).toEqual({ rule: 'privileged', uses: ['/dev/fuse', 'NET_ADMIN'] })
    expect(found('privileged', { setup: { capAdd: ['NET_ADMIN'] } })).toBeUndefined()
  })

  it('include the machine’s processes and its network', () => {
    expect(found('host-namespaces', { setup: { hostPid: true } })).toMatchObject({
      pid: true,
      network: false,
    })
    expect(found('host-namespaces', { container: { networkMode: 'host' } })).toMatchObject({
      pid: false,
      network: true,
    })
    expect(found('host-namespaces', { container: { networkMode: 'bridge' } })).toBeUndefined()
  })
})

describe('memory', () => {
  it('has no limit although the container uses most of it', () => {
    const highUse = 1.5 * gibibyte
    expect(found('memory', { highUse })).toEqual({ rule: 'memory', used: highUse, machine: 2 * gibibyte })
    expect(found('memory', { highUse, setup: { memory: 4 * gibibyte } }), 'no real limit').toBeDefined()
    expect(found('memory', { highUse, setup: { memory: gibibyte } })).toBeUndefined()
    expect(found('memory', {})).toBeUndefined()
  })

  it('is used much from 70 % on, and until it is below 60 %', () => {
    const machine = 100
    expect(isHighUse(69, { machine, before: false })).toBe(false)
    expect(isHighUse(70, { machine, before: false })).toBe(true)
    expect(isHighUse(60, { machine, before: true })).toBe(true)
    expect(isHighUse(59, { machine, before: true })).toBe(false)
    expect(isHighUse(59, { machine: 0, before: true }), 'unknown machine').toBe(false)
  })

  it('is less than all limits together: the hint is at the highest limit', () => {
    const own = 'c'.repeat(64)
    const limits = (bytes: number) =>
      new Map([
        ['other', gibibyte],
        [own, bytes],
        ['unlimited', 2 * gibibyte],
      ])
    expect(found('memory-sum', {}, { memoryLimits: limits(1.5 * gibibyte) })).toEqual({
      rule: 'memory-sum',
      limits: 2.5 * gibibyte,
      containers: 2,
      machine: 2 * gibibyte,
    })
    expect(found('memory-sum', {}, { memoryLimits: limits(0.9 * gibibyte) }), 'they fit').toBeUndefined()
    const highest = limits(1.5 * gibibyte).set('other', 1.6 * gibibyte)
    expect(found('memory-sum', {}, { memoryLimits: highest }), 'another one is higher').toBeUndefined()
  })
})

describe('data', () => {
  it('are in the container’s layer', () => {
    const layer = { written: 60_000_000, folder: '/var/lib/db', inFolder: 50_000_000 }
    expect(found('layer-data', { layer })).toEqual({ rule: 'layer-data', ...layer })
    expect(found('layer-data', { layer: { ...layer, written: 40_000_000 } }), 'little').toBeUndefined()
    expect(found('layer-data', {}), 'not measured').toBeUndefined()
  })

  it('of a log grow without end', () => {
    const log = { driver: 'json-file', limited: false, path: '/l' }
    expect(found('log', { logSize: 2e8, setup: { log } })).toEqual({ rule: 'log', size: 2e8 })
    expect(found('log', { logSize: 1e7, setup: { log } }), 'small').toBeUndefined()
    expect(found('log', { setup: { log } }), 'not measured').toBeUndefined()
    expect(found('log', { logSize: 2e8, setup: { log: { ...log, limited: true } } })).toBeUndefined()
    expect(found('log', { logSize: 2e8, setup: { log: { ...log, driver: 'local' } } })).toBeUndefined()
  })
})

describe('an image', () => {
  const day = 24 * hour
  const images = (newerAt: number) => {
    const all: Image[] = [
      image({ id: 'sha256:old', tags: [], createdAt: now - 40 * day }),
      image({ id: 'sha256:new', tags: ['demo:latest'], createdAt: newerAt }),
    ]
    return {
      images: new Map(all.map((one) => [one.id, one])),
      tagOwners: new Map([['demo:latest', 'sha256:new']]),
    }
  }
  const old = { container: { image: 'demo', imageId: 'sha256:old' } }

  it('is older than the one that its tag means now', () => {
    expect(found('image', old, images(now - 10 * day))).toEqual({
      rule: 'image',
      image: 'demo:latest',
      days: 30,
    })
  })

  it('is no hint if the tag means the same image, or an older one', () => {
    expect(found('image', old, images(now - 50 * day))).toBeUndefined()
    const current = { container: { image: 'demo', imageId: 'sha256:new' } }
    expect(found('image', current, images(now))).toBeUndefined()
    expect(found('image', old), 'the tag is gone').toBeUndefined()
  })
})
