import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type CacheFacts, contextFacts } from '../../../../src/main/builds/cache-facts'
import { IgnoreRules } from '../../../../src/main/builds/dockerignore'
import { readForecast } from '../../../../src/main/builds/read-forecast'
import type { HostFolders } from '../../../../src/main/mounts/host-folders'
import { newHostFolders } from '../../../support/host-folders'
import type { ForecastRequest } from '../../../../src/shared/build-forecast'

describe('a look at a folder before a build', () => {
  const dockerfileText = 'ARG NODE=20\nFROM node:$NODE\nCOPY . .\n'
  let folder: string
  let facts: CacheFacts
  let hostFolders: HostFolders

  beforeEach(async () => {
    hostFolders = newHostFolders()
    folder = await mkdtemp(join(tmpdir(), 'berth-forecast-'))
    await writeFile(join(folder, 'Dockerfile'), dockerfileText)
    await writeFile(join(folder, '.dockerignore'), '*.log')
    await writeFile(join(folder, 'a'), 'a')
    const rules = await IgnoreRules.read(folder, 'Dockerfile')
    const signal = new AbortController().signal
    facts = {
      ...{
        startedAt: 7,
        dockerfileText,
        arguments: [],
        bases: [{ image: 'node:$NODE', digest: 'sha256:a' }],
      },
      files: await contextFacts({ folder, rules, signal }, []),
      done: ['stage-0 1', 'stage-0 2'],
    }
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    vi.useRealTimers()
    await rm(folder, { recursive: true, force: true })
  })

  const look = (fields: Partial<ForecastRequest> = {}, earlier = [facts], signal?: AbortSignal) => {
    const request = {
      ...{ folder, dockerfile: 'Dockerfile', arguments: [], target: '', platform: '', noCache: false },
      ...{ pull: false, ...fields },
    }
    const local = { id: 'sha256:b', digests: ['node@sha256:a'] }
    const localImage = (name: string) => (name === 'node:20' ? local : undefined)
    const memory = { earlier: () => Promise.resolve(earlier) }
    return readForecast({ request, memory, localImage, hostFolders }, signal)
  }
  const verdicts = async (...parameters: Parameters<typeof look>) =>
    (await look(...parameters)).steps.map(({ verdict }) => verdict)

  it('compares the files that .dockerignore leaves, and the local image of the name with its variables', async () => {
    await writeFile(join(folder, 'a.log'), 'new')
    expect(await look()).toMatchObject({
      comparedWith: 7,
      steps: [{ verdict: 'cached' }, { verdict: 'cached' }],
    })
    await writeFile(join(folder, 'a'), 'b')
    expect((await look()).steps[1]).toMatchObject({ verdict: 'runs', reason: { names: ['a'] } })
  })

  it('expects nothing of the registry’s answer, if the user wants newer images', async () => {
    expect(await verdicts({ pull: true })).toEqual(['unsure', 'unsure'])
  })

  it('says that there was no build', async () => {
    expect(await look({}, [])).toEqual({ comparedWith: null, steps: [] })
  })

  it('cannot tell what the files are, if Berth cannot read them or the folder does not answer', async () => {
    await writeFile(join(folder, '.dockerignore'), '[')
    expect(await verdicts()).toEqual(['cached', 'unsure'])
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const read = vi.spyOn(IgnoreRules, 'read').mockReturnValue(new Promise(() => undefined))
    const answer = verdicts()
    await vi.waitFor(() => {
      expect(read).toHaveBeenCalled()
    })
    await vi.advanceTimersByTimeAsync(5000)
    expect(await answer).toEqual(['cached', 'unsure'])
    // The look before still blocks a thread of Node, so there is no other one.
    await expect(look()).rejects.toMatchObject({ code: 'host-folder.no-answer' })
    expect(read).toHaveBeenCalledTimes(1)
  })

  it('begins no look after the user has left', async () => {
    const read = vi.spyOn(IgnoreRules, 'read')
    const left = AbortSignal.abort(new Error('left'))
    await expect(look({}, [facts], left)).rejects.toThrow('left')
    expect(read).not.toHaveBeenCalled()
  })

  it('names a folder that Berth does not look at', async () => {
    await expect(look({ folder: 'relative' })).rejects.toMatchObject({ code: 'mounts.not-absolute' })
  })

  it('ends when the user leaves', async () => {
    vi.spyOn(IgnoreRules, 'read').mockReturnValue(new Promise(() => undefined))
    const leaving = new AbortController()
    const answer = look({}, [facts], leaving.signal)
    leaving.abort(new Error('left'))
    await expect(answer).rejects.toThrow('left')
  })

  it('names what is missing', async () => {
    await expect(look({ target: 'absent' })).rejects.toMatchObject({ code: 'build.target-missing' })
    await expect(look({ dockerfile: 'other' })).rejects.toMatchObject({ code: 'build.dockerfile-missing' })
    await rm(folder, { recursive: true })
    await expect(look()).rejects.toMatchObject({ code: 'build.folder-missing' })
  })
})
