import { describe, expect, it } from 'vitest'
import { containerSections, groupContainers } from '../../../../src/renderer/lib/container-groups'
import type { Container } from '../../../../src/shared/containers'
import { container } from '../support'

function named(name: string, project?: string): Container {
  const labels: Container['labels'] = project === undefined ? {} : { 'com.docker.compose.project': project }
  return container({ id: `id-${name}`, name, labels })
}

const all = [named('alone'), named('web', 'shop'), named('db', 'shop'), named('cache', 'blog')]
const own = [
  { name: 'data', containers: ['db', 'gone'] },
  { name: 'later', containers: [] },
]

function sections(change: Partial<Parameters<typeof containerSections>[0]> = {}) {
  const shown = containerSections({
    shown: all,
    groups: groupContainers(all, { groups: own }),
    pinned: [],
    grouped: true,
    narrowed: false,
    isOpen: () => true,
    otherLabel: 'Others',
    groupLabel: ({ name }) => name,
    ...change,
  })
  return shown.map(({ key, rows, header }) => [key, rows.map(({ name }) => name).join(), header?.open])
}

describe('the groups of containers', () => {
  it('are the own groups, then the compose projects, then the other containers', () => {
    expect(sections()).toEqual([
      ['own:data', 'db', true],
      ['own:later', '', true],
      ['project:blog', 'cache', true],
      ['project:shop', 'web', true],
      ['other', 'alone', true],
    ])
  })

  it('are left out if no container in them is shown, because of a search or a filter', () => {
    const shown = all.filter(({ name }) => name === 'web')
    expect(sections({ shown, narrowed: true })).toEqual([['project:shop', 'web', true]])
  })

  it('may be folded', () => {
    expect(sections({ isOpen: (key) => key !== 'project:shop' })).toContainEqual([
      'project:shop',
      'web',
      false,
    ])
  })

  it('do not contain the pinned containers, which are at the top without a header', () => {
    expect(sections({ pinned: ['cache', 'alone'] }).slice(0, 1)).toEqual([
      ['pinned', 'alone,cache', undefined],
    ])
    expect(sections({ pinned: ['alone'] })).not.toContainEqual(expect.arrayContaining(['other']))
    expect(groupContainers(all, { groups: own }).get('project:blog')?.members).toHaveLength(1)
  })

  it('are not shown if the user wants a flat list, or if there are none', () => {
    expect(sections({ grouped: false })).toEqual([['other', 'alone,web,db,cache', undefined]])
    expect(sections({ groups: new Map() })).toEqual([['other', 'alone,web,db,cache', undefined]])
  })

  it('may have any name', () => {
    const odd = [named('a', '__proto__'), named('b', 'constructor')]
    expect([...groupContainers(odd, { groups: [] }).keys()]).toEqual([
      'project:__proto__',
      'project:constructor',
    ])
  })
})
