import { describe, expect, it, vi } from 'vitest'
import { Buildx } from '../../../../src/main/builds/buildx'
import { RunningBuild } from '../../../../src/main/builds/running-build'

const request = {
  ...{ folder: '/app', dockerfile: 'Dockerfile', tags: [], target: '', platform: '' },
  ...{ arguments: [], secrets: [], noCache: false, pull: false },
}

describe('a running build', () => {
  it('ends at once when it is cancelled, although its check gets no answer', async () => {
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
      (_build, _onLine, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('cancelled'))
          })
        }),
    )
    const build = new RunningBuild({ id: '1', request, dockerfileText: '', changed: vi.fn() })
    void build.run(buildx, { request, guestFolder: '/app', dockerConfig: '{}' })
    await build.cancel()
    expect(build.summary.status).toBe('cancelled')
    expect(signals.map((signal) => signal?.aborted)).toEqual([true])
  })
})
