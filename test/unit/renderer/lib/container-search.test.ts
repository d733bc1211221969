import { describe, expect, it } from 'vitest'
import { containerSearch } from '../../../../src/renderer/lib/container-search'
import { container } from '../support'

const web = container({
  id: 'abc123'.padEnd(64, '0'),
  name: 'shop-web-1',
  image: 'nginx:1.29',
  command: 'nginx -g "daemon off;"',
  state: 'running',
  health: 'healthy',
  ports: [{ hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
  networks: ['shop_default'],
  labels: { 'com.docker.compose.project': 'shop', tier: 'Front End', __proto__: 'x' },
})

describe('a search in the list of containers', () => {
  it.each([
    'WEB',
    'abc123',
    'nginx',
    'daemon',
    '8080',
    'shop web',
    'tier=front',
    'image:nginx',
    'name:web',
    'id:abc',
    'label:tier=front',
    'label:"tier=Front End"',
    'label:tier',
    'port:80',
    'port:8080',
    'port:80/tcp',
    'project:shop',
    'state:running',
    'state:healthy',
    'network:default',
    'project: image:nginx',
    'label:com.docker.compose.project=shop',
  ])('finds %s', (query) => {
    expect(containerSearch(query)(web)).toBe(true)
  })

  it.each([
    'redis',
    'web redis',
    'image:web',
    'name:nginx',
    'port:808',
    'port:8',
    'port:443',
    'state:exited',
    'project:other',
    'network:host',
    'unknown:nginx',
  ])('does not find %s', (query) => {
    expect(containerSearch(query)(web)).toBe(false)
  })

  it('finds no project where there is none', () => {
    expect(containerSearch('project:')(container())).toBe(false)
  })

  it('finds the containers of the user’s group', () => {
    const groupOf = (name: string) => (name === 'web' ? 'My tools' : undefined)
    expect(containerSearch('group:"my tools"', groupOf)(container({ name: 'web' }))).toBe(true)
    expect(containerSearch('group:tools', groupOf)(container({ name: 'db' }))).toBe(false)
    expect(containerSearch('group:', groupOf)(container({ name: 'db' }))).toBe(false)
  })

  it('finds no containers of a group with a similar name', () => {
    const groupOf = (name: string) => (name === 'web' ? 'app' : name === 'db' ? 'app2' : 'a "b"')
    const found = (query: string) =>
      ['web', 'db', 'cache'].filter((name) => containerSearch(query, groupOf)(container({ name })))
    expect(found('group:app')).toEqual(['web'])
    expect(found('group:"a b"')).toEqual(['cache'])
  })
})
