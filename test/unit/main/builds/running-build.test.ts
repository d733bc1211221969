import { describe, expect, it, vi } from 'vitest'
import { Buildx } from '../../../../src/main/builds/buildx'
import { CacheMemory } from '../../../../src/main/builds/cache-memory'
import { CacheWatch } from '../../../../src/main/builds/cache-watch'
import { RunningBuild } from '../../../../src/main/builds/running-build'
import { silentLog } from '../../../support/fake-services'

const request = {
  ...{ folder: '/nowhere', dockerfile: 'Dockerfile', tags: [], target: '', platform: '' },
  ...{ arguments: [], secrets: [], noCache: false, pull: false },
}

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
    const build = new RunningBuild({
      ...{ id: '1', request, dockerfileText: '', startedAt: 0, changed: vi.fn() },
      cache: new CacheWatch({
        ...{ request, dockerfileText: '', startedAt: 0, earlier: [] },
        localImage: () => undefined,
      }),
      memory: new CacheMemory({ folder: '/nowhere', log: silentLog }),
    })
    const cancelling = new AbortController()
    const ended = build.run(
      buildx,
      { request, guestFolder: '/app', dockerfileText: '', dockerConfig: '{}' },
      { task: { progress: vi.fn(), log: () => Promise.resolve() }, signal: cancelling.signal },
    )
    cancelling.abort()
    await expect(ended).rejects.toThrow('cancelled')
    expect(build.summary.status).toBe('cancelled')
    expect(signals.map((signal) => signal?.aborted)).toEqual([true])
  })
})
