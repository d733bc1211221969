import { afterEach, describe, expect, it, vi } from 'vitest'
import { Buildx } from '../../../../src/main/builds/buildx'
import { CacheMemory } from '../../../../src/main/builds/cache-memory'
import { CacheWatch } from '../../../../src/main/builds/cache-watch'
import { RunningBuild } from '../../../../src/main/builds/running-build'
import { unrecorded } from '../../../../src/main/timelines'
import { silentLog } from '../../../support/fake-services'

const request = {
  ...{ folder: '/nowhere', dockerfile: 'Dockerfile', tags: [], target: '', platform: '' },
  ...{ arguments: [], secrets: [], noCache: false, pull: false },
}

const buildxBuild = { request, guestFolder: '/app', dockerfileText: '', dockerConfig: '{}' }

function runningBuild() {
  return new RunningBuild({
    ...{ id: '1', request, dockerfileText: '', startedAt: 0, changed: vi.fn() },
    cache: new CacheWatch({
      ...{ request, dockerfileText: '', startedAt: 0, earlier: [] },
      localImage: () => undefined,
    }),
    memory: new CacheMemory({ folder: '/nowhere', log: silentLog }),
  })
}
function runningTask() {
  return { progress: vi.fn(), log: () => Promise.resolve(), commit: vi.fn() }
}
/** A buildx that completes one step, and ends with this code. */
function buildxThatEnds(code: number): Buildx {
  const never = () => new Promise<never>(() => undefined)
  const buildx = new Buildx({ exec: never, openCommand: never })
  vi.spyOn(buildx, 'build').mockImplementation(async (_build, { onLine }) => {
    const times = { started: '2026-11-28T11:41:47Z', completed: '2026-11-28T11:41:48Z' }
    await onLine(JSON.stringify({ vertexes: [{ digest: 'a', name: '[1/1] FROM a', ...times }] }))
    return { code, imageId: 'sha256:a' }
  })
  return buildx
}
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('a running build', () => {
  it('ends immediately when it is cancelled, although its check gets no answer', async () => {
    const signals: (AbortSignal | undefined)[] = []
    const link = {
      exec: (command: string, { signal }: { signal?: AbortSignal } = {}) => {
        expect(command).toMatch(/^'timeout' '60' /)
        signals.push(signal)
        return new Promise<never>(() => undefined)
      },
      openCommand: () => new Promise<never>(() => undefined),
    }
    const buildx = new Buildx(link)
    vi.spyOn(buildx, 'build').mockImplementation(
      (_build, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('cancelled'))
          })
        }),
    )
    const build = runningBuild()
    const cancelling = new AbortController()
    const ended = build.run(buildx, buildxBuild, {
      task: runningTask(),
      signal: cancelling.signal,
      timeline: unrecorded,
    })
    cancelling.abort()
    await expect(ended).rejects.toThrow('cancelled')
    expect(build.summary.status).toBe('cancelled')
    expect(signals.map((signal) => signal?.aborted)).toEqual([true])
  })

  it.each(['succeeded', 'failed', 'cancelled'])(
    'has %s after two seconds, although its folder never answers, and keeps no facts',
    async (status) => {
      vi.useFakeTimers()
      vi.spyOn(CacheWatch.prototype, 'listFiles').mockReturnValue(new Promise(() => undefined))
      const keep = vi.spyOn(CacheMemory.prototype, 'keep').mockResolvedValue()
      const cancelling = new AbortController()
      if (status === 'cancelled') cancelling.abort()
      const build = runningBuild()
      const ended = build
        .run(buildxThatEnds(status === 'succeeded' ? 0 : 1), buildxBuild, {
          task: runningTask(),
          signal: cancelling.signal,
          timeline: unrecorded,
        })
        .catch(() => undefined)
      await vi.advanceTimersByTimeAsync(1999)
      expect(build.summary.status).toBe('running')
      await vi.advanceTimersByTimeAsync(1)
      await ended
      expect(build.summary.status).toBe(status)
      expect(keep).not.toHaveBeenCalled()
    },
  )

  it('keeps its facts if its files are listed', async () => {
    const keep = vi.spyOn(CacheMemory.prototype, 'keep').mockResolvedValue()
    const signal = new AbortController().signal
    await runningBuild().run(buildxThatEnds(0), buildxBuild, {
      task: runningTask(),
      signal,
      timeline: unrecorded,
    })
    expect(keep).toHaveBeenCalledOnce()
  })

  it('cannot be cancelled any more once buildx has tagged the image', async () => {
    const [task, failed] = [runningTask(), runningTask()]
    const signal = new AbortController().signal
    const keep = vi.spyOn(CacheMemory.prototype, 'keep').mockImplementation(() => {
      expect(build.summary.status).toBe('running')
      expect(task.commit).toHaveBeenCalledOnce()
      return Promise.resolve()
    })
    const build = runningBuild()
    await build.run(buildxThatEnds(0), buildxBuild, { task, signal, timeline: unrecorded })
    expect.assertions(4)
    keep.mockResolvedValue()
    const failing = runningBuild().run(buildxThatEnds(1), buildxBuild, {
      task: failed,
      signal,
      timeline: unrecorded,
    })
    await expect(failing).rejects.toMatchObject({ code: 'build.failed' })
    expect(failed.commit).not.toHaveBeenCalled()
  })
})
