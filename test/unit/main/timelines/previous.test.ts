import { expect, it } from 'vitest'
import { previousOf, timelinesOf, timelinesOfProject } from '../../../../src/main/timelines/previous'
import type { Timeline } from '../../../../src/shared/timelines'
import { timelineWith } from '../../../support/timeline'

function at(startedAt: number, changes: Partial<Timeline> = {}): Timeline {
  return timelineWith({ startedAt, ...changes })
}

it('compares with the same container, or else the same name, or else the same image', () => {
  const image = at(1, { containerId: 'x', name: 'other', image: 'nginx' })
  const name = at(2, { containerId: 'y', name: 'web', image: 'httpd' })
  const same = at(3, { containerId: 'w', name: 'web', image: 'nginx' })
  const last = at(4, { containerId: 'w', name: 'web', image: 'nginx' })
  expect(previousOf(last, [image, name, same, last])).toBe(same)
  expect(previousOf(last, [image, name, last])).toBe(name)
  expect(previousOf(last, [image, last])).toBe(image)
  expect(previousOf(last, [last])).toBeNull()
})

it('compares with nothing that failed, came later, or is a pull', () => {
  const first = at(1, { name: 'web', image: 'nginx' })
  const others = [
    at(0, { name: 'web', state: 'failed' }),
    at(0, { kind: 'pull', name: '', image: 'nginx' }),
    at(2, { name: 'web' }),
  ]
  expect(previousOf(first, [...others, first])).toBeNull()
  const pull = at(5, { kind: 'pull', name: '', image: 'nginx' })
  expect(previousOf(pull, [...others, first, pull])).toBe(others[1])
})

it('lists the ten newest of a container', () => {
  const all = Array.from({ length: 15 }, (_, index) => at(index, { containerId: 'w', name: 'web' }))
  const found = timelinesOf({ id: 'w', name: 'web' }, [...all, at(99, { containerId: 'v', name: 'db' })])
  expect(found.map(({ timeline }) => timeline.startedAt)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5])
  expect(found[0]?.before?.startedAt).toBe(13)
})

it('compares a build with a build, and a project with a project. Neither is a start of a container', () => {
  const build = at(1, { kind: 'build', name: 'shop' })
  const project = at(2, { kind: 'compose', name: 'shop' })
  const run = at(3, { name: 'shop' })
  const all = [build, project, run]
  const later = (kind: Timeline['kind']) => previousOf(at(9, { kind, name: 'shop' }), all)
  expect([later('build'), later('compose'), later('start')]).toEqual([build, project, run])
  expect(timelinesOf({ id: 'x', name: 'shop' }, all).map(({ timeline }) => timeline)).toEqual([run])
})

it('lists the starts of a project, of any program', () => {
  const all = [
    at(1, { kind: 'compose', name: 'shop' }),
    at(2, { kind: 'compose', name: 'shop', origin: 'docker' }),
    at(3, { kind: 'compose', name: 'other' }),
    at(4, { kind: 'build', name: 'shop' }),
  ]
  const found = timelinesOfProject('shop', all)
  expect(found).toEqual([
    { timeline: all[1], before: all[0] },
    { timeline: all[0], before: null },
  ])
})
