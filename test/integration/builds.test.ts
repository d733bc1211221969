import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Builds } from '../../src/main/builds/builds'
import type { Build, BuildRequest } from '../../src/shared/builds'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'

describe('builds of a shared folder', () => {
  let fixture: EngineFixture
  let builds: Builds
  let root: string
  let folder: string

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    root = await mkdtemp(join(tmpdir(), 'berth-builds-'))
    const mounted = once(fixture.mounts, 'mounted')
    await fixture.mounts.setFolders([{ path: root, writable: true }])
    await mounted
    const { machine, mounts, state } = fixture
    const logins = { forImage: () => Promise.resolve({}) }
    builds = new Builds({ link: machine.link, mounts, logins, state, log: silentLog })
  }, 120_000)
  beforeEach(async () => {
    folder = await mkdtemp(join(root, 'app-'))
  })
  afterAll(async () => {
    await builds.cancelAll()
    await fixture.mounts.setFolders([])
    await fixture.clear()
    await fixture.close()
    await rm(root, { recursive: true })
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
    await eventually(leftovers).toBe('')
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
    await builds.cancel(cancelled)
    expect(await builds.find(cancelled)).toMatchObject({ status: 'cancelled', failure: null })
    await eventually(isSleeping).toBe(0)
    const cut = await start({ noCache: true })
    await eventually(isSleeping).toBe(1)
    fixture.machine.link.cut()
    expect(await ended(cut)).toMatchObject({ status: 'failed' })
    await eventually(isSleeping).toBe(0)
    await eventually(leftovers).toBe('')
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
})
