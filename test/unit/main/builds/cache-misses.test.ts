import { describe, expect, it } from 'vitest'
import { argumentFacts, type CacheFacts, type ContextFile } from '../../../../src/main/builds/cache-facts'
import { cacheMisses, missesAfterOthers } from '../../../../src/main/builds/cache-misses'
import type { BuildStep, CacheMiss } from '../../../../src/shared/builds'

const dockerfile = ['FROM node:20 AS base', 'WORKDIR /app', 'COPY src/ ./', 'RUN npm ci', 'RUN npm test']
const file = (path: string, hash: string, kind?: ContextFile['kind']): ContextFile => ({
  path,
  kind,
  size: 1,
  mode: 0o644,
  modifiedAt: 0,
  hash,
})
const listed = (path: string, mode = 0o755): ContextFile[] => [
  { ...file(path, 'folder', 'folder'), size: 0, mode },
]

function facts(fields: Partial<CacheFacts> = {}): CacheFacts {
  return {
    startedAt: 0,
    dockerfileText: dockerfile.join('\n'),
    arguments: [],
    bases: [{ image: 'node:20', digest: 'sha256:a' }],
    files: [file('src/a.js', 'a'), file('docs/b.md', 'b')],
    done: [1, 2, 3, 4, 5].map((number) => `base ${String(number)}`),
    ...fields,
  }
}
const text = (...lines: string[]) => ({ dockerfileText: lines.join('\n') })

/** A step of the stage `base` after the step before it. */
function step(number: number, cached: boolean, fields: Partial<BuildStep> = {}): BuildStep {
  return {
    id: String(number),
    name: `[base ${String(number)}/5] ${number === 1 ? 'FROM node:20' : 'STEP'}`,
    inputs: number === 1 ? [] : [String(number - 1)],
    ...{ startedAt: 1, endedAt: 2, cached, error: null, miss: null, progress: [], outputLength: 0 },
    ...fields,
  }
}
/** The reason for the first step that is not cached, and for the one after it. */
function reasons(missed: number, now: CacheFacts, earlier = [facts()], noCache = false) {
  const steps = [1, 2, 3, 4, 5].map((number) => step(number, number > 1 && number < missed))
  const found = cacheMisses({ steps, noCache, facts: now, earlier })
  return [found.get(String(missed)), found.get(String(missed + 1))]
}

describe('the reason why a step was not in the cache', () => {
  it.each<[string, number, CacheFacts, CacheMiss, CacheFacts?]>([
    [
      'a changed file',
      3,
      facts({ files: [file('src/a.js', 'A'), file('docs/b.md', 'B')] }),
      { kind: 'files', names: ['src/a.js'], more: 0 },
    ],
    [
      'a new file',
      3,
      facts({ files: [...(facts().files ?? []), file('src/n', '')] }),
      { kind: 'files', names: ['src/n'], more: 0 },
    ],
    [
      'other permissions of a folder',
      3,
      facts({ files: listed('src', 0o700) }),
      { kind: 'files', names: ['src'], more: 0 },
      facts({ files: listed('src') }),
    ],
    [
      'a new folder, named by what is in it',
      3,
      facts({ files: [...listed('src'), ...listed('src/new'), file('src/new/a', 'a', 'file')] }),
      { kind: 'files', names: ['src/new/a'], more: 0 },
      facts({ files: listed('src') }),
    ],
    [
      'a file that a symbolic link leads to',
      3,
      facts({ files: [file('src', 'a', 'link'), file('v2/a', 'b', 'file')] }),
      { kind: 'files', names: ['v2/a'], more: 0 },
      facts({ files: [file('src', 'a', 'link'), file('v2/a', 'a', 'file')] }),
    ],
    [
      'a file, and not a folder that an earlier version of Berth has not listed',
      3,
      facts({ files: [...listed('src'), file('src/a.js', 'A', 'file'), file('docs/b.md', 'b', 'file')] }),
      { kind: 'files', names: ['src/a.js'], more: 0 },
    ],
    ['a removed file', 3, facts({ files: [] }), { kind: 'files', names: ['src/a.js'], more: 0 }],
    [
      'a changed instruction',
      4,
      facts(text(...dockerfile.slice(0, 3), 'RUN npm install', 'RUN npm test')),
      { kind: 'instruction', before: 'RUN npm ci' },
    ],
    [
      'a new step',
      4,
      facts(text(...dockerfile.slice(0, 3), 'RUN apk add git', ...dockerfile.slice(3))),
      { kind: 'new-step' },
    ],
    [
      'a removed step',
      4,
      facts(text(...dockerfile.slice(0, 3), 'RUN npm test')),
      { kind: 'order', before: 'RUN npm ci' },
    ],
    [
      'a new base image under the same name',
      2,
      facts({ bases: [{ image: 'node:20', digest: 'sha256:b' }] }),
      { kind: 'base-image', image: 'node:20', before: 'sha256:a', now: 'sha256:b' },
    ],
    [
      'another base image',
      2,
      facts(text('FROM node:22 AS base', ...dockerfile.slice(1))),
      { kind: 'base-image', image: 'node:22', before: 'node:20', now: 'node:22' },
    ],
    [
      'a new setting',
      4,
      facts(text(...dockerfile.slice(0, 3), 'ENV CI=1', ...dockerfile.slice(3))),
      { kind: 'setting', now: 'ENV CI=1', before: null },
    ],
    ['nothing that can be seen', 4, facts(), { kind: 'unknown' }],
    ['nothing that can be seen, without a list of files', 3, facts({ files: null }), { kind: 'unknown' }],
  ])('is %s', (_title, missed, now, reason, earlier = facts()) => {
    expect(reasons(missed, now, [earlier])[0]).toEqual(reason)
  })

  it('is the earlier step, for the steps after it', () => {
    expect(reasons(3, facts({ files: [] }))[1]).toEqual({ kind: 'earlier-step', step: '[base 3/5] STEP' })
  })

  it('is a build argument, if the stage declares it', () => {
    const lines = text('FROM node:20 AS base', 'ARG TOKEN', ...dockerfile.slice(1))
    const before = facts({
      ...lines,
      arguments: [
        { name: 'TOKEN', hash: '1' },
        { name: 'OTHER', hash: '1' },
      ],
    })
    const now = facts({
      ...lines,
      arguments: [
        { name: 'TOKEN', hash: '2' },
        { name: 'OTHER', hash: '2' },
      ],
    })
    expect(reasons(4, now, [before])[0]).toEqual({ kind: 'arguments', names: ['TOKEN'] })
  })

  it.each<[string, string, Partial<CacheFacts>, CacheMiss]>([
    [
      'only a file that the pattern of COPY matches',
      'COPY package*.json ./',
      { files: [file('package-lock.json', 'B'), file('src/a.js', 'B')] },
      { kind: 'files', names: ['package-lock.json'], more: 0 },
    ],
    [
      'a file that RUN mounts',
      'RUN --mount=source=src,target=/src --mount=type=cache,target=/x npm ci',
      { files: [file('package-lock.json', 'B'), file('src/a.js', 'B')] },
      { kind: 'files', names: ['src/a.js'], more: 0 },
    ],
    [
      'no file if COPY writes a text of the Dockerfile',
      'COPY <<END /x\nsrc\nEND',
      { files: [file('package-lock.json', 'B'), file('src/a.js', 'B')] },
      { kind: 'unknown' },
    ],
    [
      'no argument that COPY does not use',
      'COPY docs /docs',
      { arguments: [{ name: 'A', hash: '2' }] },
      { kind: 'unknown' },
    ],
    [
      'the argument that COPY uses',
      'COPY docs /$DOCS',
      { arguments: [{ name: 'A', hash: '2' }] },
      { kind: 'arguments', names: ['A'] },
    ],
  ])('is %s', (_title, instruction, changes, reason) => {
    const lines = text('FROM node:20 AS base', 'ARG A=1', 'ENV DOCS=/$A', instruction)
    const before = facts({ ...lines, files: [file('package-lock.json', 'A'), file('src/a.js', 'A')] })
    expect(reasons(2, { ...before, ...changes }, [before])[0]).toEqual(reason)
  })

  it('is another flag, and other spaces in a command', () => {
    const lines = (...last: string[]) => text('FROM node:20 AS base', 'WORKDIR /app', ...last)
    const flag = facts(lines('COPY --chown=1:1 src ./'))
    expect(reasons(3, flag, [facts(lines('copy --chown=2:2 src  ./'))])[0]).toEqual({
      kind: 'instruction',
      before: 'COPY --chown=2:2 src ./',
    })
    const spaces = facts(lines('RUN a && \\', '# why', '    b'))
    expect(reasons(3, spaces, [facts(lines('RUN a && \\', '  b'))])[0]).toEqual({
      kind: 'instruction',
      before: 'RUN a && b',
    })
    expect(reasons(3, spaces, [facts(lines('RUN a && \\', '    b'))])[0]).toEqual({ kind: 'unknown' })
  })

  it('is the value of an ARG above the first stage, unless the user gives the same value', () => {
    const lines = (value: string) => text(`ARG A=${value}`, 'FROM node:20 AS base', 'ARG A', 'RUN true')
    const now = facts(lines('2'))
    expect(reasons(2, now, [facts(lines('1'))])[0]).toEqual({
      kind: 'setting',
      now: 'ARG A=2',
      before: 'ARG A=1',
    })
    const given = argumentFacts({ arguments: [{ name: 'A', value: '2' }] })
    expect(reasons(2, now, [facts({ ...lines('1'), arguments: given })])[0]).toEqual({ kind: 'unknown' })
  })

  it('is the setting of a stage below', () => {
    const lines = (value: string) =>
      text('FROM node:20 AS first', `ENV A=${value}`, 'FROM first AS base', 'RUN true')
    const now = facts(lines('2'))
    const steps = [step(1, false, { name: '[base 1/1] RUN true' })]
    const misses = cacheMisses({ steps, noCache: false, facts: now, earlier: [facts(lines('1'))] })
    expect(misses.get('1')).toEqual({ kind: 'setting', now: 'ENV A=2', before: 'ENV A=1' })
  })

  it('compares with the last build that has completed the step', () => {
    const failed = facts({ ...text(...dockerfile.slice(0, 3), 'RUN false'), done: ['base 2', 'base 3'] })
    expect(reasons(4, facts(), [failed, facts()])[0]).toEqual({ kind: 'unknown' })
    expect(reasons(4, facts(), [failed])[0]).toEqual({ kind: 'first' })
  })

  it('is the user’s choice, or that there was no build before', () => {
    expect(reasons(2, facts(), [facts()], true)).toEqual([{ kind: 'no-cache' }, { kind: 'no-cache' }])
    expect(reasons(2, facts(), [])[0]).toEqual({ kind: 'first' })
  })

  it('names only some of many files', () => {
    const many = Array.from({ length: 8 }, (_, index) => file(`src/${String(index)}`, ''))
    const now = facts({ files: [...(facts().files ?? []), ...many] })
    expect(reasons(3, now)[0]).toMatchObject({ kind: 'files', more: 3 })
  })

  it('is not the fetched base image, and not given for cached, waiting and internal steps', () => {
    const steps = [
      step(1, false),
      step(2, true),
      step(3, false, { startedAt: null }),
      step(4, false, { name: 'exporting' }),
    ]
    expect(cacheMisses({ steps, noCache: false, facts: facts(), earlier: [] }).size).toBe(0)
  })

  it('is only the earlier step for a build of another program', () => {
    const steps = [1, 2, 3].map((number) => step(number, false))
    expect([...missesAfterOthers(steps)]).toEqual([['3', { kind: 'earlier-step', step: '[base 2/5] STEP' }]])
  })

  it('is also given for the first step of a stage without an image', () => {
    const steps = [step(1, false, { name: '[base 1/1] COPY src /' })]
    const scratch = text('FROM scratch AS base', 'COPY src /')
    const options = { noCache: false, facts: facts({ ...scratch, files: [] }), earlier: [facts(scratch)] }
    expect(cacheMisses({ steps, ...options }).get('1')).toMatchObject({ kind: 'files' })
  })

  it('survives a Dockerfile that is none', () => {
    expect(reasons(2, facts(text('__proto__', '\0')), [facts()])[0]).toEqual({ kind: 'unknown' })
  })
})
