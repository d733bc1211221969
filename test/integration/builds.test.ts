import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Builds } from '../../src/main/builds/builds'
import { Tasks } from '../../src/main/tasks'
import type { Timelines } from '../../src/main/timelines'
import type { ForecastStep } from '../../src/shared/build-forecast'
import type { Build, BuildRequest, CacheMiss } from '../../src/shared/builds'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'
import { newHostFolders } from '../support/host-folders'
import { newTimelines } from '../support/new-timelines'

describe('builds', () => {
  let fixture: EngineFixture
  let builds: Builds
  let tasks: Tasks
  let timelines: Timelines
  let root: string
  /** A folder that is not shared. */
  let outside: string
  let berth: string
  let folder: string

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    root = await mkdtemp(join(tmpdir(), 'berth-builds-'))
    outside = await mkdtemp(join(tmpdir(), 'berth-outside-'))
    berth = await mkdtemp(join(tmpdir(), 'berth-home-'))
    tasks = await Tasks.open({ folder: join(berth, 'tasks'), log: silentLog })
    const mounted = once(fixture.mounts, 'mounted')
    await fixture.mounts.setFolders([{ path: root, writable: true }])
    await mounted
    const { machine, mounts, state } = fixture
    const logins = { forImage: () => Promise.resolve({}) }
    const factsFolder = join(berth, 'facts')
    timelines = await newTimelines(fixture, berth)
    const { link } = machine
    const hostFolders = newHostFolders()
    builds = new Builds({
      ...{ link, mounts, hostFolders, logins, state, tasks, timelines, factsFolder },
      log: silentLog,
    })
  }, 120_000)
  beforeEach(async () => {
    folder = await mkdtemp(join(root, 'app-'))
  })
  afterAll(async () => {
    await tasks.closeAll()
    await timelines.close()
    await fixture.mounts.setFolders([])
    await fixture.clear()
    await fixture.close()
    for (const one of [root, outside, berth]) await rm(one, { recursive: true })
  })

  const request = (fields: Partial<BuildRequest> = {}): BuildRequest => ({
    ...{ folder, dockerfile: 'Dockerfile', tags: ['built:test'], arguments: [], target: '', platform: '' },
    ...{ secrets: [], noCache: false, pull: false },
    ...fields,
  })
  const dockerfile = (...lines: string[]) => writeFile(join(folder, 'Dockerfile'), lines.join('\n'))

  async function start(fields: Partial<BuildRequest> = {}): Promise<string> {
    return (await builds.start(request(fields))).id
  }
  async function ended(id: string): Promise<Build> {
    await eventually(() => builds.list.find((build) => build.id === id)?.status).not.toBe('running')
    return builds.find(id)
  }
  /** The processes of buildx in the machine, and the folders with secrets. */
  async function leftovers(): Promise<string> {
    const { stdout } = await fixture.machine.link.exec('pgrep -f "[d]ocker-buildx"; ls /run/berth/builds')
    return stdout.trim()
  }

  it('makes an image from files of this computer, with arguments, a target and secrets', async () => {
    await mkdir(join(folder, 'src'))
    await writeFile(join(folder, 'src', 'greeting'), 'hello\n')
    await dockerfile(
      `FROM ${busybox} AS first`,
      'ARG WHO',
      'COPY src /src',
      'RUN --mount=type=secret,id=token cat /src/greeting /run/secrets/token && echo $WHO',
      'FROM first',
      'RUN exit 1',
    )
    const id = await start({
      target: 'first',
      arguments: [{ name: 'WHO', value: "the world's $HOME" }],
      secrets: [{ id: 'token', value: 'top-secret' }],
    })
    const build = await ended(id)
    expect(build).toMatchObject({ status: 'succeeded', failure: null, origin: 'berth' })
    const step = build.stepList.find(({ name }) => name.includes('3/3] RUN'))
    expect(builds.output(id, step?.id ?? '', 0).text).toBe("hello\ntop-secretthe world's $HOME\n")
    await eventually(
      () => [...fixture.state.images.values()].find(({ id }) => id === build.imageId)?.tags,
    ).toEqual(['built:test'])
    expect(JSON.stringify(build)).not.toContain('top-secret')
    const task = await tasks.ended(id)
    expect(task).toMatchObject({ state: 'succeeded', result: { imageId: build.imageId } })
    expect((await tasks.readLog(id, 0, 65_536)).text).toContain('top-secret')
    await eventually(leftovers).toBe('')
    const timeline = timelines.find(id)?.timeline
    expect(timeline).toMatchObject({ kind: 'build', name: 'built:test', state: 'done' })
    const shown = build.stepList.filter(({ startedAt }) => startedAt !== null).map(({ name }) => name)
    const steps = timeline?.steps.filter(({ name }) => name === 'instruction') ?? []
    expect(steps.map(({ label }) => label).sort()).toEqual(shown.sort())
    const ends = steps.map(({ endedAt }) => endedAt ?? 0)
    expect(ends).toEqual([...ends].sort((a, b) => a - b))
    expect(Math.max(...ends)).toBeLessThanOrEqual((task.endedAt ?? 0) - task.startedAt + 100)
  })

  it('points at the line of the Dockerfile that failed, and names a missing file', async () => {
    await writeFile(join(folder, '.dockerignore'), 'ignored\n')
    await writeFile(join(folder, 'ignored'), '')
    await dockerfile(`FROM ${busybox}`, 'ENV A=1', 'COPY ignored absent ./')
    const build = await ended(await start())
    expect(build).toMatchObject({
      status: 'failed',
      failure: { line: 3, mistake: { kind: expect.stringMatching(/^source-/) as string } },
    })
    const run = await dockerfile(`from ${busybox}`, 'RUN echo trying && nothing').then(() => start())
    expect(await ended(run)).toMatchObject({
      status: 'failed',
      failure: { line: 2 },
      hints: [{ rule: 'ConsistentInstructionCasing', line: 1 }],
    })
  })

  it('reports an error of the Dockerfile itself', async () => {
    await dockerfile(`FROM ${busybox}`, 'RUNN true')
    const { failure } = await ended(await start())
    expect(failure?.message).toContain('unknown instruction: RUNN')
  })

  it('ends every process when the user cancels, or when the connection breaks', async () => {
    await dockerfile(`FROM ${busybox}`, 'RUN echo started; sleep 1000')
    const isSleeping = async () => {
      const { stdout } = await fixture.machine.link.exec('pgrep -fx "sleep 1000" | wc -l')
      return Number(stdout)
    }
    const cancelled = await start({ noCache: true })
    await eventually(isSleeping).toBe(1)
    expect(tasks.get(cancelled)).toMatchObject({ kind: 'build', state: 'running' })
    await builds.cancel(cancelled)
    expect(tasks.get(cancelled)).toMatchObject({ state: 'cancelled' })
    expect(await builds.find(cancelled)).toMatchObject({ status: 'cancelled', failure: null })
    await eventually(isSleeping).toBe(0)
    const cut = await start({ noCache: true })
    await eventually(isSleeping).toBe(1)
    fixture.machine.link.cut()
    expect(await ended(cut)).toMatchObject({ status: 'failed' })
    await eventually(isSleeping).toBe(0)
    await eventually(leftovers).toBe('')
  })

  it('tells why steps were not in the cache', async () => {
    const reasons = async () => {
      const { stepList } = await ended(await start())
      const named = (name: string): CacheMiss | null | undefined =>
        stepList.find((step) => step.name.includes(name))?.miss
      return [named('2/4] COPY'), named('3/4] RUN'), named('4/4] RUN')]
    }
    const lines = [`FROM ${busybox}`, 'COPY src /src', 'RUN cat /src/*', 'RUN echo last']
    await mkdir(join(folder, 'src'))
    await writeFile(join(folder, 'src', 'a'), String(Date.now()))
    await writeFile(join(folder, 'notes'), 'one')
    await dockerfile(...lines)
    const [copied] = await reasons()
    expect(copied).toEqual({ kind: 'first' })
    await writeFile(join(folder, 'src', 'a'), 'two')
    await writeFile(join(folder, 'notes'), 'two')
    const after = (step: string) => ({ kind: 'earlier-step', step: expect.stringContaining(step) as string })
    expect(await reasons()).toEqual([
      { kind: 'files', names: ['src/a'], more: 0 },
      after('2/4] COPY src /src'),
      after('2/4] COPY src /src'),
    ])
    await dockerfile(...lines.slice(0, 2), 'RUN cat /src/a', 'RUN echo last')
    expect(await reasons()).toEqual([
      null,
      { kind: 'instruction', before: 'RUN cat /src/*' },
      after('3/4] RUN'),
    ])
    await fixture.machine.link.exec('docker builder prune -af')
    expect(await reasons()).toEqual([{ kind: 'unknown' }, after('2/4] COPY'), after('2/4] COPY')])
  })

  it('sends a folder that is not shared, with the files that buildx takes from a shared one', async () => {
    const ignore = [
      ...['# comment', 'node_modules', '*.log', '**/*.tmp', '/dist/', 'docs', '!docs/keep/me', 'a?c'],
      ...['[x-z].txt', 'C++ (old)', '**/cache/**', '!**/cache/**/kept', String.raw`star\*`, ''],
    ]
    const files = [
      ...['a.log', 'sub/a.log', 'sub/deep/b.tmp', 'dist/x', 'sub/dist/x', 'docs/lost', 'docs/keep/me'],
      ...['docs/keep/other', 'abc', 'abbc', 'x.txt', 'w.txt', 'C++ (old)/f', 'cache/1/2', 'cache/1/kept'],
      ...[
        'star*',
        'star1',
        'node_modules/m/i.js',
        'sub/node_modules/m/i.js',
        '한글 😀',
        `${'n'.repeat(150)}/f`,
      ],
    ]
    const output = async (place: string): Promise<string> => {
      folder = place
      for (const path of files) {
        await mkdir(join(place, path, '..'), { recursive: true })
        await writeFile(join(place, path), path)
      }
      await mkdir(join(place, 'empty'))
      await symlink('../nowhere', join(place, 'link'))
      await chmod(join(place, 'abbc'), 0o751)
      await writeFile(join(place, '.dockerignore'), ignore.join('\n'))
      const list = `cd /context && find . | sort | while read f; do stat -c "%A %s %N" "$f"; done`
      await dockerfile(`FROM ${busybox}`, 'COPY . /context', `RUN ${list}; cat abbc`)
      const { stepList, id, ...build } = await ended(await start({ noCache: true }))
      expect(build).toMatchObject({ status: 'succeeded', hints: [] })
      expect(build.sentBytes !== null).toBe(place === outside)
      return builds.output(id, stepList.find(({ name }) => name.includes('3/3] RUN'))?.id ?? '', 0).text
    }
    // The run's machine also has the builds of other test files.
    const ofOthers = async () => {
      await builds.refresh()
      return builds.list.filter(({ origin }) => origin === 'engine').map(({ id }) => id)
    }
    const before = await ofOthers()
    const shared = await output(folder)
    expect(shared).toContain('docs/keep/me')
    expect(await output(outside)).toBe(shared)
    expect(builds.isDockerfile(join(outside, 'Dockerfile'))).toBe(true)
    // A build that is cancelled while the folder is sent.
    await truncate(join(outside, 'sub/dist/x'), 1_000_000_000)
    const id = await start()
    await eventually(async () => (await builds.find(id)).sentBytes ?? 0).toBeGreaterThan(1_000_000)
    await builds.cancel(id)
    expect(await builds.find(id)).toMatchObject({ status: 'cancelled', failure: null })
    await eventually(leftovers).toBe('')
    expect(await ofOthers()).toEqual(before)
  })

  it('lists the builds of other programs with their steps', async () => {
    await dockerfile(`FROM ${busybox}`, 'RUN echo from the machine')
    const guestFolder = await fixture.mounts.bindSource(folder)
    const { stderr } = await fixture.machine.link.exec(`docker buildx build -t other ${guestFolder}`)
    expect(stderr).toContain('from the machine')
    await builds.refresh()
    const [other] = builds.list
    expect(other).toMatchObject({ origin: 'engine', status: 'succeeded' })
    const build = await builds.find(other?.id ?? '')
    const step = build.stepList.find(({ name }) => name.startsWith('[2/2] RUN'))
    expect(builds.output(build.id, step?.id ?? '', 0).text).toBe('from the machine\n')
  })

  it('shows a build of another program while it runs, and its end', async () => {
    await dockerfile(`FROM ${busybox}`, 'RUN echo begun; sleep 1001')
    const guestFolder = await fixture.mounts.bindSource(folder)
    const window = () => undefined
    builds.on('change', window)
    await builds.refresh()
    const other = fixture.machine.link.exec(`docker buildx build ${guestFolder}`)
    await eventually(() => builds.list[0]).toMatchObject({ origin: 'engine', status: 'running' })
    const id = builds.list[0]?.id ?? ''
    const detach = builds.attach(id)
    const step = async () => (await builds.find(id)).stepList.find(({ name }) => name.includes('2/2] RUN'))
    await eventually(async () => (await step())?.outputLength).toBe('begun\n'.length)
    expect(builds.output(id, (await step())?.id ?? '', 0).text).toBe('begun\n')
    await expect(builds.cancel(id)).rejects.toMatchObject({ code: 'build.not-found' })
    await fixture.machine.link.exec('pkill -f "[d]ocker-buildx buildx build"')
    await other
    await eventually(() => builds.list.find((build) => build.id === id)?.status).not.toBe('running')
    detach()
    builds.off('change', window)
    await eventually(leftovers).toBe('')
  })

  // At the end, because Berth forgets its older builds after that many.
  describe('the forecast of the cache', () => {
    const lines = [
      `FROM ${busybox}`,
      'WORKDIR /app',
      'COPY package*.json ./',
      'ARG MODE=test',
      'RUN echo $MODE; cat package.json',
      'COPY . .',
      'CMD ["node", "server.js"]',
    ]
    const source = (name: string, content: string) => writeFile(join(folder, name), content)
    const isImage = ({ name }: { name: string }) => name.includes('] FROM ')

    /** The forecast, after a build has shown that BuildKit agrees with it. */
    async function verified(fields: Partial<BuildRequest> = {}): Promise<ForecastStep[]> {
      const { steps } = await builds.forecast(request(fields))
      const { stepList, status } = await ended(await start(fields))
      expect(status).toBe('succeeded')
      const done = stepList.filter((step) => /\d+\/\d+\] /.test(step.name) && !isImage(step))
      const foreseen = steps.filter((step) => !isImage(step))
      // BuildKit writes the values of variables into the names.
      const place = ({ name }: { name: string }) => name.slice(0, name.indexOf(']'))
      expect(done.map(place).sort()).toEqual(foreseen.map(place).sort())
      const cached = new Map(done.map((step) => [place(step), step.cached]))
      for (const step of foreseen)
        if (step.verdict !== 'unsure')
          expect([step.name, cached.get(place(step))]).toEqual([step.name, step.verdict === 'cached'])
      return steps
    }
    const verdicts = (steps: readonly ForecastStep[]) => steps.map(({ verdict }) => verdict)
    const reason = (steps: readonly ForecastStep[], name: string) =>
      steps.find((step) => step.name.includes(name))?.reason

    it('agrees with the build that follows', async () => {
      await source('package.json', `{ "name": "app-${Date.now()}" }`)
      await source('server.js', 'one')
      await source('.dockerignore', '*.log')
      await dockerfile(...lines)
      expect(await builds.forecast(request())).toEqual({ comparedWith: null, steps: [] })
      await ended(await start())
      const all = ['cached', 'cached', 'cached', 'cached', 'cached']
      expect(verdicts(await verified())).toEqual(all)
      await source('server.js', 'two')
      await source('other.log', 'ignored')
      const changed = await verified()
      expect(verdicts(changed)).toEqual([...all.slice(1), 'runs'])
      expect(reason(changed, 'COPY . .')).toEqual({ kind: 'files', names: ['server.js'], more: 0 })
      await utimes(join(folder, 'server.js'), 1, 1)
      expect(verdicts(await verified())).toEqual(all)
      // BuildKit still has the steps of the build before.
      await source('server.js', 'one')
      expect(verdicts(await verified())).toEqual(all)
      const argued = await verified({ arguments: [{ name: 'MODE', value: 'live' }] })
      expect(verdicts(argued)).toEqual(['cached', 'cached', 'cached', 'runs', 'runs'])
      expect(reason(argued, '4/5] RUN')).toEqual({ kind: 'arguments', names: ['MODE'] })
      expect(reason(argued, '5/5] COPY')).toMatchObject({ kind: 'earlier-step' })
      expect(verdicts(await verified({ arguments: [{ name: 'MODE', value: 'test' }] }))).toEqual(all)
      await chmod(join(folder, 'package.json'), 0o600)
      expect(verdicts(await verified())).toEqual(['cached', 'cached', 'runs', 'runs', 'runs'])
      await dockerfile(...lines.slice(0, 4), 'ENV LEVEL=1', ...lines.slice(4))
      const set = await verified()
      expect(verdicts(set)).toEqual(['cached', 'cached', 'cached', 'runs', 'runs'])
      expect(reason(set, '4/5] RUN')).toEqual({ kind: 'setting', now: 'ENV LEVEL=1', before: null })
      // BuildKit gets WORKDIR from its cache also then.
      expect(verdicts(await verified({ noCache: true }))).toEqual([
        'cached',
        'cached',
        'runs',
        'runs',
        'runs',
      ])
      await expect(builds.forecast(request({ target: 'absent' }))).rejects.toMatchObject({
        code: 'build.target-missing',
      })
    })

    it('agrees for several stages, as far as it can tell', async () => {
      const stages = [
        `FROM ${busybox} AS base`,
        'WORKDIR /made',
        'FROM base AS compiled',
        'COPY src ./',
        'RUN cat a > size && wc -c a > /made/length',
        'FROM base AS unused',
        'RUN exit 1',
        'FROM scratch',
        'COPY LICENSE /',
        'COPY --from=compiled /made/length /',
      ]
      await mkdir(join(folder, 'src'))
      await source('src/a', `${Date.now()}`)
      await source('LICENSE', `free ${Date.now()}`)
      await dockerfile(...stages)
      await ended(await start())
      // The facts of a build that is all cached must be as good. Berth keeps those of three builds.
      for (let build = 0; build < 4; build++)
        expect(new Set(verdicts(await verified()))).toEqual(new Set(['cached']))
      // The other file has the same length, so BuildKit finds the last step in its cache.
      await source('src/a', `${Date.now()}`)
      const changed = await verified()
      expect(verdicts(changed)).toEqual(['cached', 'cached', 'runs', 'runs', 'cached', 'unsure'])
      expect(reason(changed, 'COPY --from')).toEqual({
        kind: 'earlier-step',
        step: '[compiled 1/2] COPY src ./',
      })
      expect(verdicts(await verified({ target: 'compiled' }))).toEqual([
        'cached',
        'cached',
        'cached',
        'cached',
      ])
    })
  })
})
