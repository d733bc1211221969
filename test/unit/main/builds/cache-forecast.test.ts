import { describe, expect, it } from 'vitest'
import { argumentFacts, type CacheFacts, type ContextFile } from '../../../../src/main/builds/cache-facts'
import { cacheForecast, type ForecastBuild } from '../../../../src/main/builds/cache-forecast'
import type { ForecastReason, ForecastStep } from '../../../../src/shared/build-forecast'

const id = (letter: string) => `sha256:${letter.repeat(64)}`
const lines = [
  'FROM node:20',
  'WORKDIR /app',
  'COPY package*.json ./',
  'ARG MODE=test',
  'RUN npm ci',
  'COPY . .',
  'CMD ["node", "server.js"]',
]
const file = (path: string, hash: string, fields: Partial<ContextFile> = {}): ContextFile => ({
  ...{ path, kind: 'file' as const, size: 1, mode: 0o644, modifiedAt: 0, hash },
  ...fields,
})
const folder = (path: string, mode = 0o755) => file(path, 'folder', { kind: 'folder', size: 0, mode })
const link = (path: string, target: string) => file(path, target, { kind: 'link', size: 0 })
const files = [file('package.json', 'a'), file('server.js', 'a')]

function facts(fields: Partial<CacheFacts> = {}): CacheFacts {
  return {
    ...{ startedAt: 0, dockerfileText: lines.join('\n'), arguments: [], files },
    bases: [{ image: 'node:20', digest: id('a') }],
    done: [1, 2, 3, 4, 5].map((number) => `stage-0 ${String(number)}`),
    ...fields,
  }
}
interface Changes {
  lines?: readonly string[]
  arguments?: { name: string; value: string }[]
  files?: ContextFile[] | null
  images?: Record<string, readonly string[]>
  target?: string
  noCache?: boolean
}
/** A build like the one of {@link facts}, with these changes. */
function build(changes: Changes, earlier = [facts()]): ForecastBuild {
  const images = changes.images ?? { 'node:20': [id('a')] }
  return {
    facts: {
      dockerfileText: (changes.lines ?? lines).join('\n'),
      arguments: argumentFacts({ arguments: changes.arguments ?? [] }),
      files: changes.files === undefined ? files : changes.files,
      localImage: (name) => images[name] ?? [],
    },
    ...{ target: changes.target ?? '', noCache: changes.noCache ?? false, earlier },
  }
}
function forecast(changes: Changes, earlier?: CacheFacts[]): ForecastStep[] {
  return cacheForecast(build(changes, earlier)) ?? []
}
/** The first letters of the verdicts. */
const verdicts = (steps: readonly ForecastStep[]) => steps.map(({ verdict }) => verdict[0]).join('')
const without = (...names: string[]) => lines.filter((line) => !names.includes(line))
const after = (step: string) => ({ kind: 'earlier-step', step })

describe('the forecast of the cache', () => {
  it('names the steps as BuildKit does, and expects all of them of an unchanged folder', () => {
    expect(forecast({})).toEqual(
      [
        '[1/5] FROM node:20',
        '[2/5] WORKDIR /app',
        '[3/5] COPY package*.json ./',
        '[4/5] RUN npm ci',
        '[5/5] COPY . .',
      ].map((name) => ({ name, verdict: 'cached', reason: null })),
    )
  })

  it.each<[string, Changes, string, ForecastReason]>([
    [
      'a changed file, in the first step that takes it',
      { files: [file('package.json', 'a'), file('server.js', 'b')] },
      'ccccr',
      { kind: 'files', names: ['server.js'], more: 0 },
    ],
    [
      'a file that the next steps need',
      { files: [file('package.json', 'b'), file('server.js', 'a')] },
      'ccrrr',
      { kind: 'files', names: ['package.json'], more: 0 },
    ],
    [
      'other permissions of a file',
      { files: [file('package.json', 'a'), file('server.js', 'a', { mode: 0o755 })] },
      'ccccr',
      { kind: 'files', names: ['server.js'], more: 0 },
    ],
    [
      'a build argument',
      { arguments: [{ name: 'MODE', value: 'live' }] },
      'cccrr',
      { kind: 'arguments', names: ['MODE'] },
    ],
    [
      'another value in the Dockerfile',
      { lines: lines.map((line) => (line.startsWith('ARG') ? 'ARG MODE=live' : line)) },
      'cccrr',
      { kind: 'setting', now: 'ARG MODE=live', before: 'ARG MODE=test' },
    ],
    [
      'a user',
      { lines: ['FROM node:20', 'USER node', ...lines.slice(1)] },
      'crrrr',
      { kind: 'setting', now: 'USER node', before: null },
    ],
    [
      'an instruction',
      { lines: lines.map((line) => (line === 'RUN npm ci' ? 'RUN npm install' : line)) },
      'cccrr',
      { kind: 'instruction', before: 'RUN npm ci' },
    ],
    [
      'a new step',
      { lines: [...lines.slice(0, 4), 'RUN true', ...lines.slice(4)] },
      'cccrrr',
      { kind: 'new-step' },
    ],
    ['a removed step', { lines: without('RUN npm ci') }, 'cccr', { kind: 'order', before: 'RUN npm ci' }],
    [
      'another base image',
      { lines: ['FROM node:22', ...lines.slice(1)], images: { 'node:22': [id('b')] } },
      'rrrrr',
      { kind: 'base-image', image: 'node:22', before: 'node:20', now: 'node:22' },
    ],
    [
      'a newer base image of the same name',
      { images: { 'node:20': [id('b'), id('c')] } },
      'rrrrr',
      { kind: 'base-image', image: 'node:20', before: id('a'), now: id('b') },
    ],
    [
      'another platform of the base image',
      { lines: ['FROM --platform=linux/arm64 node:20', ...lines.slice(1)] },
      'rrrrr',
      { kind: 'instruction', before: 'FROM node:20' },
    ],
    [
      'an added folder',
      { files: [...files, folder('empty')] },
      'ccccr',
      { kind: 'files', names: ['empty'], more: 0 },
    ],
    ['the user’s choice', { noCache: true }, 'ccrrr', { kind: 'no-cache' }],
  ])('expects a run because of %s', (_title, changes, expected, reason) => {
    const steps = forecast(changes)
    expect(verdicts(steps)).toBe(expected)
    const first = steps.findIndex(({ verdict }) => verdict === 'runs')
    expect(steps[first]?.reason).toEqual(reason)
    if (changes.noCache !== true)
      for (const step of steps.slice(first + 1)) expect(step.reason).toEqual(after(steps[first]?.name ?? ''))
  })

  it.each<[string, Changes]>([
    ['a touched file', { files: files.map((one) => ({ ...one, modifiedAt: 5 })) }],
    ['an argument that no instruction declares', { arguments: [{ name: 'OTHER', value: '1' }] }],
    ['an argument with the value of its instruction', { arguments: [{ name: 'MODE', value: 'test' }] }],
    ['the settings of the image', { lines: [...lines, 'EXPOSE 80', 'ENV A=1'] }],
    ['a base image whose digest the earlier build has seen', { images: { 'node:20': [id('b'), id('a')] } }],
    [
      'letters and spaces that mean nothing',
      { lines: lines.map((line) => (line === 'COPY . .' ? 'copy  . \\\n  .' : line)) },
    ],
  ])('expects no run because of %s', (_title, changes) => {
    expect(verdicts(forecast(changes))).toBe('ccccc')
  })

  it.each<[string, Changes, CacheFacts, string, ForecastReason]>([
    [
      'the registry decides which image it is',
      { images: {} },
      facts(),
      'uuuuu',
      { kind: 'registry', image: 'node:20' },
    ],
    ['too many files', { files: null }, facts(), 'ccuuu', { kind: 'unread' }],
    ['the earlier files are unknown', {}, facts({ files: null }), 'ccuuu', { kind: 'unread' }],
    [
      'a large file has another time',
      { files: [file('package.json', 'a'), file('server.js', '', { modifiedAt: 5 })] },
      facts({ files: [file('package.json', 'a'), file('server.js', '')] }),
      'ccccu',
      { kind: 'files', names: ['server.js'], more: 0 },
    ],
  ])('cannot tell if %s', (_title, changes, earlier, expected, reason) => {
    const steps = forecast(changes, [earlier])
    expect(verdicts(steps)).toBe(expected)
    const first = steps.findIndex(({ verdict }) => verdict === 'unsure')
    expect(steps[first]?.reason).toEqual(reason)
  })

  describe('of a step that takes a part of the folder', () => {
    /** The verdict about a step, for files before and now. */
    const taking = (step: string, before: ContextFile[], now: ContextFile[]) => {
      const same = ['FROM node:20', step]
      return forecast({ lines: same, files: now }, [
        facts({ dockerfileText: same.join('\n'), files: before }),
      ])[1]
    }
    const inSrc = [folder('src'), file('src/a', 'a')]

    it.each<[string, string, ContextFile[], string]>([
      ['other permissions of the folder', 'COPY src /x', [folder('src', 0o700), file('src/a', 'a')], 'runs'],
      [
        'other permissions of the folder',
        'COPY src/* /x',
        [folder('src', 0o700), file('src/a', 'a')],
        'cached',
      ],
      [
        'other permissions of the folder',
        'COPY src/a /x',
        [folder('src', 0o700), file('src/a', 'a')],
        'cached',
      ],
      ['a removed folder', 'COPY . /x', [], 'runs'],
      ['a folder in place of a file', 'COPY src/a /x', [folder('src'), folder('src/a')], 'runs'],
    ])('after %s, for %s', (_title, step, now, verdict) => {
      expect(taking(step, inSrc, now)).toMatchObject({ verdict })
    })

    it('cannot tell about folders that an earlier version of Berth has not listed', () => {
      const old = { ...file('src/a', 'a') }
      delete old.kind
      expect(taking('COPY src /x', [old], inSrc)).toMatchObject({
        verdict: 'unsure',
        reason: { kind: 'files', names: ['src'] },
      })
      expect(taking('COPY src/a /x', [old], inSrc)).toMatchObject({ verdict: 'cached' })
      expect(taking('COPY src /x', [old], [folder('src'), file('src/a', 'b')])).toMatchObject({
        verdict: 'runs',
        reason: { kind: 'files', names: ['src/a'] },
      })
    })

    it.each(['COPY current/app.conf /x', 'COPY c*/app.conf /x', 'COPY current /x', 'COPY c* /x'])(
      'cannot tell what a symbolic link leads to, for %s',
      (step) => {
        const version = (hash: string) => [link('current', 'v2'), folder('v2'), file('v2/app.conf', hash)]
        expect(taking(step, version('a'), version('b'))).toMatchObject({
          verdict: 'unsure',
          reason: { kind: 'files', names: ['v2/app.conf'] },
        })
        expect(taking(step, version('a'), version('a'))).toMatchObject({ verdict: 'cached' })
        // The folder may have the content that the link led to.
        const real = [
          folder('current'),
          file('current/app.conf', 'a'),
          folder('v2'),
          file('v2/app.conf', 'a'),
        ]
        expect(taking(step, version('a'), real)).toMatchObject({ verdict: 'unsure' })
      },
    )

    it.each(['COPY other /x', 'COPY curr /x', 'COPY o*/a /x', 'COPY currently/a /x'])(
      'follows no other link, for %s',
      (step) => {
        const version = (hash: string) => [link('current', 'v2'), file('v2/app.conf', hash)]
        expect(taking(step, version('a'), version('b'))).toMatchObject({ verdict: 'cached' })
      },
    )

    it('cannot tell about many sources and many changed files', () => {
      const many = (hash: string) =>
        Array.from({ length: 1000 }, (_, index) => file(`f${String(index)}`, hash))
      const sources = (count: number) => `COPY ${'other* '.repeat(count)} /x`
      expect(taking(sources(150), many('a'), many('b'))).toMatchObject({ verdict: 'cached' })
      expect(taking(sources(250), many('a'), many('b'))).toMatchObject({ verdict: 'unsure' })
    })

    it('knows that a link in a folder is compared as a link', () => {
      const linked = (target: string, hash: string) => [folder('a'), link('a/l', target), file('b', hash)]
      expect(taking('COPY a /x', linked('../b', '1'), linked('../b', '2'))).toMatchObject({
        verdict: 'cached',
      })
      expect(taking('COPY a /x', linked('../b', '1'), linked('../c', '1'))).toMatchObject({ verdict: 'runs' })
    })

    it('cannot tell which file a name in quotes is', () => {
      expect(taking('COPY "src/a" /x', inSrc, [folder('src'), file('src/a', 'b')])).toMatchObject({
        verdict: 'unsure',
      })
    })
  })

  it('cannot tell what an address contains, unless the Dockerfile has the checksum', () => {
    const added = (add: string) => {
      const same = ['FROM node:20', add, 'RUN true']
      return forecast({ lines: same }, [facts({ dockerfileText: same.join('\n') })])
    }
    const address = 'https://example.com/x'
    expect(added(`ADD ${address} /`).slice(1)).toEqual([
      { name: `[2/3] ADD ${address} /`, verdict: 'unsure', reason: { kind: 'address', address } },
      { name: '[3/3] RUN true', verdict: 'unsure', reason: after(`[2/3] ADD ${address} /`) },
    ])
    expect(verdicts(added(`ADD --checksum=${id('a')} ${address} /`))).toBe('ccc')
    for (const word of ['$URL', '${URL}/x', '"$URL"', `"${address}"`])
      expect(added(`ADD ${word} /`)[1]).toMatchObject({
        verdict: 'unsure',
        reason: { kind: 'address', address: word },
      })
    expect(verdicts(added(`ADD --checksum=${id('a')} $URL /`))).toBe('ccc')
    expect(verdicts(added('COPY $DIR /'))).toBe('ccc')
  })

  it('needs no registry for an image with a digest', () => {
    const pinned = [`FROM node@${id('a')}`, 'RUN true']
    expect(verdicts(forecast({ lines: pinned }, [facts({ dockerfileText: pinned.join('\n') })]))).toBe('cc')
  })

  it('compares the variable of a FROM', () => {
    const variable = ['ARG NODE=20', 'FROM node:$NODE', 'RUN true']
    const earlier = facts({
      dockerfileText: variable.join('\n'),
      bases: [{ image: 'node:$NODE', digest: id('a') }],
    })
    const images = { 'node:$NODE': [id('a')] }
    expect(verdicts(forecast({ lines: variable, images }, [earlier]))).toBe('cc')
    const given = forecast({ lines: variable, images, arguments: [{ name: 'NODE', value: '22' }] }, [earlier])
    expect(verdicts(given)).toBe('rr')
    expect(given[0]?.reason).toEqual({ kind: 'arguments', names: ['NODE'] })
  })

  it('finds steps of any of the earlier builds, but only those that one of them has completed', () => {
    const changed = facts({ files: [file('package.json', 'a'), file('server.js', 'b')] })
    expect(verdicts(forecast({}, [changed, facts()]))).toBe('ccccc')
    const failed = facts({ done: ['stage-0 1', 'stage-0 2', 'stage-0 3'] })
    const steps = forecast({}, [failed])
    expect(verdicts(steps)).toBe('cccrr')
    expect(steps[3]?.reason).toEqual({ kind: 'first' })
    // The newer build has completed the steps after another file, so BuildKit has them for this file alone.
    const other = facts({ files: [file('package.json', 'b'), file('server.js', 'a')] })
    expect(forecast({}, [other, failed])[3]).toMatchObject({ verdict: 'runs', reason: { kind: 'first' } })
  })

  it('finds the steps of the only stage, whose name BuildKit leaves out', () => {
    const named = ['FROM node:20 AS App', ...lines.slice(1)]
    const earlier = facts({ dockerfileText: named.join('\n') })
    expect(verdicts(forecast({ lines: named }, [earlier]))).toBe('ccccc')
    expect(verdicts(forecast({ lines: named, target: 'app' }, [earlier]))).toBe('ccccc')
    expect(verdicts(forecast({ lines: ['FROM node:20 AS web', ...lines.slice(1)] }, [earlier]))).toBe('ccccc')
    expect(verdicts(forecast({ lines: named }))).toBe('ccccc')
    // With another stage above, BuildKit names both.
    const two = ['FROM scratch AS first', 'COPY server.js /', ...named]
    expect(verdicts(forecast({ lines: two, target: 'app' }, [earlier]))).toBe('ccccc')
  })

  it('cannot tell about WORKDIR after a step that runs without the cache', () => {
    const same = ['FROM node:20', 'RUN true', 'WORKDIR /app']
    const steps = forecast({ lines: same, noCache: true }, [facts({ dockerfileText: same.join('\n') })])
    expect(steps[2]).toMatchObject({ verdict: 'unsure', reason: after('[2/3] RUN true') })
    expect(verdicts(forecast({ lines: same, noCache: true }, []))).toBe('rrr')
  })

  it('writes the numbers of many steps with the same width, as BuildKit does', () => {
    const many = ['FROM node:20', ...Array.from({ length: 9 }, (_, index) => `RUN ${String(index)}`)]
    const steps = forecast({ lines: many })
    expect([steps[0]?.name, steps[9]?.name]).toEqual(['[ 1/10] FROM node:20', '[10/10] RUN 8'])
  })

  it.each<[string, string[]]>([
    ['instructions', Array.from({ length: 1001 }, () => 'RUN true')],
    [
      'variables',
      [`ENV ${Array.from({ length: 1001 }, (_, index) => `A${String(index)}=1`).join(' ')}`, 'RUN true'],
    ],
    ['sources', [`COPY ${'a* '.repeat(1001)} /x`]],
    [
      'stages',
      Array.from({ length: 20_000 }, (_, index) => `FROM s${String(index)} AS s${String(index + 1)}`),
    ],
  ])('cannot tell anything about a Dockerfile with too many %s', (_title, more) => {
    const long = ['FROM node:20 AS s0', 'RUN first', ...more, 'RUN last']
    const unsure = { verdict: 'unsure', reason: { kind: 'unknown' } }
    const steps = forecast({ lines: long }, [facts({ dockerfileText: long.join('\n') })])
    expect(new Set(steps.map(({ verdict }) => verdict))).toEqual(new Set(['unsure']))
    expect(steps.length).toBeLessThanOrEqual(1000)
    expect(forecast({}, [facts({ dockerfileText: long.join('\n') })])[0]).toMatchObject(unsure)
    expect(cacheForecast(build({ lines: long, target: 'absent' }))).toBeUndefined()
  })

  it('expects that every step runs if there was no build', () => {
    expect(new Set(forecast({}, []).map(({ verdict }) => verdict))).toEqual(new Set(['runs']))
  })

  describe('for several stages', () => {
    const stages = [
      'FROM node:20 AS base',
      'WORKDIR /app',
      'FROM base AS made',
      'COPY server.js ./',
      'RUN --mount=type=bind,from=base,target=/base npm run build',
      'FROM base AS unused',
      'RUN exit 1',
      'FROM scratch',
      'COPY --from=Made /app/dist /',
      'COPY package.json /',
    ]
    const earlier = facts({
      dockerfileText: stages.join('\n'),
      done: ['base 1', 'base 2', 'made 1', 'made 2', 'stage-3 1', 'stage-3 2'],
    })

    it('leaves out the stages that the target does not need', () => {
      expect(forecast({ lines: stages }, [earlier]).map(({ name, verdict }) => [name, verdict])).toEqual([
        ['[base 1/2] FROM node:20', 'cached'],
        ['[base 2/2] WORKDIR /app', 'cached'],
        ['[made 1/2] COPY server.js ./', 'cached'],
        ['[made 2/2] RUN --mount=type=bind,from=base,target=/base npm run build', 'cached'],
        ['[stage-3 1/2] COPY --from=Made /app/dist /', 'cached'],
        ['[stage-3 2/2] COPY package.json /', 'cached'],
      ])
      expect(verdicts(forecast({ lines: stages, target: 'Base' }, [earlier]))).toBe('cc')
      expect(forecast({ lines: stages, target: '2' }, [earlier]).at(-1)).toEqual({
        name: '[unused 1/1] RUN exit 1',
        verdict: 'runs',
        reason: { kind: 'first' },
      })
      expect(cacheForecast(build({ lines: stages, target: 'absent' }, [earlier]))).toBeUndefined()
    })

    it('cannot tell whether a stage that runs makes the same files', () => {
      const steps = forecast({ lines: stages, files: [file('package.json', 'b'), file('server.js', 'b')] }, [
        earlier,
      ])
      expect(verdicts(steps)).toBe('ccrrur')
      expect(steps[3]?.reason).toEqual(after('[made 1/2] COPY server.js ./'))
      expect(steps[4]?.reason).toEqual(after('[made 1/2] COPY server.js ./'))
      expect(steps[5]?.reason).toMatchObject({ kind: 'files' })
    })

    it('expects that a stage runs after a changed stage that it begins with', () => {
      const changed = stages.map((line) => (line === 'WORKDIR /app' ? 'WORKDIR /src' : line))
      const steps = forecast({ lines: changed }, [earlier])
      expect(verdicts(steps)).toBe('crrruu')
      expect(steps[2]?.reason).toEqual(after('[base 2/2] WORKDIR /src'))
    })

    it('says that a stage begins with something else', () => {
      const changed = stages.map((line) => (line === 'FROM scratch' ? 'FROM base' : line))
      const steps = forecast({ lines: changed }, [earlier])
      expect(steps[4]).toMatchObject({
        verdict: 'runs',
        reason: { kind: 'base-image', before: 'scratch', now: 'base' },
      })
    })

    it('cannot tell which image a step reads, unless the image is local', () => {
      const reading = ['FROM scratch', 'COPY --from=nginx:1 /etc/nginx /']
      const before = facts({
        dockerfileText: reading.join('\n'),
        bases: [{ image: 'nginx:1', digest: id('a') }],
      })
      const steps = forecast({ lines: reading }, [before])
      expect(steps).toEqual([
        {
          name: '[1/1] COPY --from=nginx:1 /etc/nginx /',
          verdict: 'unsure',
          reason: { kind: 'registry', image: 'nginx:1' },
        },
      ])
      expect(verdicts(forecast({ lines: reading, images: { 'nginx:1': [id('a')] } }, [before]))).toBe('c')
    })
  })

  it.each(['', '\0', 'RUN a', 'FROM', '__proto__', 'FROM a AS a\nFROM a AS a\nCOPY --from=a x y'])(
    'survives the Dockerfile %j',
    (text) => {
      expect(() => forecast({ lines: [text] })).not.toThrow()
      expect(() => forecast({}, [facts({ dockerfileText: text })])).not.toThrow()
    },
  )
})
