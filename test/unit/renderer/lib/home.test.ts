import { describe, expect, it } from 'vitest'
import { groupContainers } from '../../../../src/renderer/lib/container-groups'
import {
  runningEntries,
  topContainers,
  totalUse,
  troubledContainers,
} from '../../../../src/renderer/lib/home'
import type { Container } from '../../../../src/shared/containers'
import type { PortForward } from '../../../../src/shared/ports'
import { container } from '../support'

function named(name: string, change: Partial<Container> = {}): Container {
  return container({ id: name, name, ...change })
}
function troubles(
  containers: Container[],
  change: Partial<Parameters<typeof troubledContainers>[1]> = {},
): string[] {
  const options = {
    forwards: new Map(),
    since: 0,
    outOfMemory: new Set<string>(),
    crashes: new Map(),
    ...change,
  }
  return troubledContainers(containers, options).map(
    ({ container: { name }, trouble }) => `${name} ${'exit' in trouble ? trouble.exit : trouble.kind}`,
  )
}

describe('containers that need attention', () => {
  it('are unhealthy, restart, or have ended with an error, the most urgent first', () => {
    const containers = [
      named('fine', { health: 'healthy' }),
      named('stopped', { state: 'exited', exitCode: 143, finishedAt: 5 }),
      named('wrong', { state: 'exited', exitCode: 2, finishedAt: 5 }),
      named('sick', { health: 'unhealthy' }),
      named('loop', { state: 'restarting', exitCode: 1, finishedAt: 5 }),
      named('missing', { state: 'created', createdAt: 5, error: 'no such file' }),
    ]
    expect(troubles(containers)).toEqual(['loop code', 'sick unhealthy', 'missing start', 'wrong code'])
  })

  it('do not include an error that the user has seen, but what is still wrong', () => {
    const containers = [
      named('old', { state: 'exited', exitCode: 2, finishedAt: 50 }),
      named('new', { state: 'exited', exitCode: 2, finishedAt: 150 }),
      named('sick', { health: 'unhealthy', startedAt: 10 }),
    ]
    expect(troubles(containers, { since: 100 })).toEqual(['sick unhealthy', 'new code'])
  })

  it('say why: a lack of memory, a signal, a missing command', () => {
    const ended = (name: string, exitCode: number) =>
      named(name, { state: 'exited', exitCode, finishedAt: 1 })
    expect(
      troubles([ended('a', 127), ended('b', 139), ended('c', 1)], { outOfMemory: new Set(['c']) }).sort(),
    ).toEqual(['a notFound', 'b crashed', 'c outOfMemory'])
  })

  it('include a container that runs at this moment, but has ended often lately', () => {
    const crashes = new Map([['web', { count: 3, code: 137 }]])
    expect(troubles([named('web')], { crashes })).toEqual(['web killed'])
    expect(troubles([named('web')], { crashes: new Map([['web', { count: 2, code: 1 }]]) })).toEqual([])
    const restarting = named('web', { state: 'restarting', exitCode: 0 })
    expect(troubles([restarting], { crashes })).toEqual(['web killed'])
  })

  it('include a running container with a port that could not be opened', () => {
    const failed = { state: 'failed', containerId: 'web' } as PortForward
    const forwards = new Map([['web', [failed]]])
    expect(troubles([named('web')], { forwards })).toEqual(['web port'])
    expect(troubles([named('web', { state: 'exited', exitCode: 0 })], { forwards })).toEqual([])
  })
})

it('what runs is listed by group, then the other containers, the newest first', () => {
  const labels = { 'com.docker.compose.project': 'shop' }
  const containers = [
    named('old', { startedAt: 1 }),
    named('new', { startedAt: 2 }),
    named('off', { state: 'exited' }),
    named('shop-web', { labels }),
    named('shop-db', { labels, state: 'exited' }),
    named('idle-web', { labels: { 'com.docker.compose.project': 'idle' }, state: 'exited' }),
  ]
  const groups = groupContainers(containers, { groups: [] })
  const entries = runningEntries(containers, groups).map((entry) =>
    entry.kind === 'group'
      ? `${entry.group.name} ${String(entry.running.length)}/${String(entry.group.members.length)}`
      : entry.container.name,
  )
  expect(entries).toEqual(['shop 1/2', 'new', 'old'])
})

describe('what containers use', () => {
  const limits = { cpu: null, memory: null }
  const use = (cpu: number[], memory: number[]) => ({ time: cpu.map((_, at) => at), cpu, memory, limits })

  it('is summed up from the newest measurements', () => {
    expect(totalUse([use([1, 0.5], [10, 20]), use([0.25], [5]), use([], [])])).toEqual({
      cpu: 0.75,
      memory: 25,
    })
  })

  it('orders running containers by the last minute, not by the newest measurement', () => {
    const containers = new Map(
      [named('steady'), named('spike'), named('gone', { state: 'exited' }), named('idle')].map((each) => [
        each.id,
        each,
      ]),
    )
    const uses = new Map([
      ['steady', use([1, 1, 1], [1, 1, 1])],
      ['spike', use([0, 0, 2], [1, 1, 1])],
      ['gone', use([9], [9])],
      ['idle', use([0], [50])],
      ['unknown', use([9], [9])],
    ])
    expect(topContainers(containers, uses, 2).map(({ name }) => name)).toEqual(['steady', 'spike'])
  })
})
