import { EventEmitter } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { VolumeContents } from '../../../../src/main/files/volume-contents'
import { BerthError } from '../../../../src/shared/errors'

describe('a copy of a volume', () => {
  it('fails with its own error if the link breaks, and removes the half volume when the link is up', async () => {
    const lost = new BerthError('machine.connection-lost')
    const link = Object.assign(new EventEmitter<{ up: []; down: []; use: [] }>(), {
      exec: () => Promise.reject(lost),
      openCommand: () => Promise.reject(lost),
    })
    const remove = vi
      .fn<() => Promise<void>>()
      .mockRejectedValueOnce(new BerthError('machine.not-running'))
      .mockRejectedValueOnce(new BerthError('engine.unreachable'))
      .mockResolvedValue()
    const engine = {
      containers: { storage: () => Promise.reject(lost) },
      volumes: {
        folder: () => Promise.resolve({ path: '/v', mountedInUse: false }),
        settings: () => Promise.resolve({ name: 'data', driver: 'local', options: {}, labels: {} }),
        create: () => Promise.resolve(),
        remove,
      },
    }
    const files = { list: () => Promise.reject(lost), remove: () => Promise.reject(lost) }
    const contents = new VolumeContents({ link, engine, files: files as never })
    const { signal } = new AbortController()
    const cloned = contents.clone({ name: 'data', to: 'copy', progress: vi.fn(), signal })
    await expect(cloned).rejects.toBe(lost)
    for (const calls of [1, 2, 3, 3]) {
      expect(remove).toHaveBeenCalledTimes(calls)
      link.emit('up')
      await new Promise(setImmediate)
    }
    expect(remove).toHaveBeenCalledWith('copy')
  })
})
