import { beforeAll, describe, expect, it } from 'vitest'
import {
  dockerfileMarks,
  formOf,
  inFileOrder,
  missText,
  requestOf,
} from '../../../../src/renderer/lib/builds'
import { showLanguage } from '../../../../src/renderer/lib/i18n'
import type { BuildStep, CacheMiss } from '../../../../src/shared/builds'

describe('formOf', () => {
  const request = () => ({
    ...{ folder: '/app', dockerfile: 'Dockerfile', tags: ['app:1', 'app:2'], target: '', platform: '' },
    ...{ arguments: [{ name: 'MODE', value: 'fast' }], noCache: false, pull: true },
  })

  it('fills the form of a build, and the form makes the same request without its secrets', () => {
    expect(requestOf(formOf(request()))).toEqual({ ...request(), secrets: [] })
  })

  it('copies the arguments, so that input does not change the earlier build', () => {
    const earlier = request()
    const [argument] = formOf(earlier).arguments
    if (argument !== undefined) argument.value = 'slow'
    expect(argument).toEqual({ name: 'MODE', value: 'slow' })
    expect(earlier).toEqual(request())
  })
})

it('the steps of a Dockerfile are in the order of the file, and the others keep their places', () => {
  const names = (...all: string[]) =>
    inFileOrder(all.map((name) => ({ name }) as BuildStep)).map(({ name }) => name)
  expect(
    names('[internal] x', '[3/3] RUN b', '[1/3] FROM a', '[internal] y', '[2/3] COPY c', 'exporting'),
  ).toEqual([...['[internal] x', '[1/3] FROM a', '[2/3] COPY c', '[internal] y', '[3/3] RUN b', 'exporting']])
  expect(names('[web 2/2] COPY', '[app 10/10] RUN', '[app 2/10] RUN', '[web 1/2] FROM')).toEqual([
    ...['[web 1/2] FROM', '[web 2/2] COPY', '[app 2/10] RUN', '[app 10/10] RUN'],
  ])
})

describe('the reason for a miss of the cache', () => {
  beforeAll(() => showLanguage('en'))

  const digest = (letter: string) => `sha256:${letter.repeat(64)}`
  it.each<[CacheMiss, string]>([
    [{ kind: 'no-cache' }, 'It ran because the build was started without the cache.'],
    [{ kind: 'files', names: ['a', 'b'], more: 0 }, 'It ran because files have changed: a, b'],
    [{ kind: 'files', names: ['a'], more: 3 }, 'It ran because files have changed: a and 3 more'],
    [
      { kind: 'setting', now: 'ENV A=1', before: null },
      'It ran because an instruction above is new: ENV A=1',
    ],
    [
      { kind: 'setting', now: null, before: 'ENV A=1' },
      'It ran because an instruction above is gone: ENV A=1',
    ],
    [
      { kind: 'base-image', image: 'node', before: digest('a'), now: digest('b') },
      'It ran because the base image node has changed, from aaaaaaaaaaaa to bbbbbbbbbbbb.',
    ],
    [
      { kind: 'base-image', image: 'node:22', before: 'node:20', now: 'node:22' },
      'It ran because the base image is another one. Before: node:20',
    ],
  ])('%j', (miss, text) => {
    expect(missText(miss)).toBe(text)
  })
})

describe('the marks of a Dockerfile', () => {
  it('are the failed line and the hints that have a line', () => {
    const failure = { message: 'exit code: 1', error: null, stepId: null, line: 3, mistake: null }
    const hint = { rule: 'Casing', text: 'Mixed' }
    expect(
      dockerfileMarks({
        failure,
        hints: [
          { ...hint, line: 1 },
          { ...hint, line: null },
        ],
      }),
    ).toEqual([
      { line: 3, severity: 'error', text: 'exit code: 1' },
      { line: 1, severity: 'warning', text: 'Mixed (Casing)' },
    ])
    expect(dockerfileMarks({ failure: { ...failure, line: null }, hints: [] })).toEqual([])
  })
})
