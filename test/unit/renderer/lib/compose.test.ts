import { describe, expect, it } from 'vitest'
import {
  groupState,
  isFullPath,
  projectContainers,
  serviceViews,
  shortPaths,
} from '../../../../src/renderer/lib/compose'
import { composeLabels, type ComposeService } from '../../../../src/shared/compose'
import type { Container } from '../../../../src/shared/containers'
import { container } from '../support'

function member(service: string, number: number, change: Partial<Container> = {}): Container {
  const name = `shop-${service}-${number}`
  const labels = { [composeLabels.project]: 'shop', [composeLabels.service]: service, ...change.labels }
  return container({ id: name, name, ...change, labels })
}
function described(name: string, change: Partial<ComposeService> = {}): ComposeService {
  const common = { image: '', builds: false, watches: false, replicas: 1, active: true, profiles: [] }
  return { name, ...common, dependsOn: [], ...change }
}

describe('projectContainers', () => {
  it('groups containers by project, without those of docker compose run', () => {
    const once = member('job', 1, { labels: { [composeLabels.oneOff]: 'True' } })
    const projects = projectContainers([member('web', 1), once, container({ id: 'x' })])
    expect([...projects].map(([name, members]) => [name, members.map(({ name }) => name)])).toEqual([
      ['shop', ['shop-web-1']],
    ])
  })
})

describe('groupState', () => {
  const kind = (...states: Partial<Container>[]) =>
    groupState(states.map((change, index) => member('web', index, change))).kind

  it('names the worst state of the containers', () => {
    expect(kind()).toBe('none')
    expect(kind({ state: 'exited' })).toBe('stopped')
    expect(kind({ state: 'running' }, { state: 'exited', exitCode: 0 })).toBe('partly')
    expect(kind({ state: 'running' }, { state: 'exited', exitCode: 3 })).toBe('failed')
    expect(kind({ state: 'running' }, { state: 'running', health: 'starting' })).toBe('starting')
    expect(kind({ state: 'running' }, { state: 'running', health: 'unhealthy' })).toBe('unhealthy')
    expect(kind({ state: 'restarting' }, { state: 'running' })).toBe('restarting')
    expect(kind({ state: 'running' }, { state: 'running', health: 'healthy' })).toBe('running')
  })
})

describe('serviceViews', () => {
  it('joins the services of the files with their containers, in the order of their numbers', () => {
    const containers = [member('web', 10), member('web', 2), member('gone', 1, { image: 'old' })]
    const services = serviceViews(containers, [
      described('web', { image: 'nginx', dependsOn: [{ service: 'db', condition: 'service_healthy' }] }),
      described('db'),
    ])
    expect(services.map(({ name, orphan }) => [name, orphan])).toEqual([
      ['db', false],
      ['gone', true],
      ['web', false],
    ])
    expect(services[2]?.containers.map(({ name }) => name)).toEqual(['shop-web-2', 'shop-web-10'])
    expect(services.map(({ image }) => image)).toEqual(['', 'old', 'nginx'])
  })

  it('reads the dependencies from the labels if the files cannot be read', () => {
    const labels = { [composeLabels.dependsOn]: 'db:service_healthy:true,cache:odd:false' }
    const [web] = serviceViews([member('web', 1, { labels })], null)
    expect(web).toMatchObject({
      orphan: false,
      dependsOn: [
        { service: 'db', condition: 'service_healthy' },
        { service: 'cache', condition: 'service_started' },
      ],
    })
  })

  it('tells a container that has done its work from one that was stopped', () => {
    const web = member('web', 1)
    const tone = (exitCode: number) => groupState([web, member('job', 1, { state: 'exited', exitCode })]).tone
    expect([tone(0), tone(143), tone(1)]).toEqual(['running', 'waiting', 'failed'])
  })

  it('takes a service called __proto__ as any other', () => {
    expect(serviceViews([member('__proto__', 1)], null).map(({ name }) => name)).toEqual(['__proto__'])
  })
})

describe('paths', () => {
  it('are short in the folder of the project only', () => {
    const project = { folder: '/app' }
    expect(shortPaths(project, ['/app/compose.yaml', '/apple/compose.yaml', '/app/a/b.env'])).toEqual([
      'compose.yaml',
      '/apple/compose.yaml',
      'a/b.env',
    ])
    expect(shortPaths({ folder: String.raw`C:\app` }, [String.raw`C:\app\compose.yaml`])).toEqual([
      'compose.yaml',
    ])
    expect(shortPaths({ folder: '' }, ['/compose.yaml'])).toEqual(['/compose.yaml'])
  })

  it('are full with a root, a drive or the user’s folder', () => {
    const full = ['/a', '~', '~/a', 'C:/a', String.raw`c:\a`]
    expect([...full, 'a', './a', '~me', ''].map(isFullPath)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })
})
