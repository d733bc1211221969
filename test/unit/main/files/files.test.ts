import { describe, expect, it } from 'vitest'
import { Files } from '../../../../src/main/files/files'

const engine = {
  containers: { storage: () => Promise.reject(new Error('no container is meant')) },
  volumes: { folder: () => Promise.resolve({ path: '/v', mountedInUse: false }) },
}

describe('files', () => {
  it('removes many files with as many commands as the program and the shell can take', async () => {
    const counts: number[] = []
    const link = {
      exec: (command: string) => {
        counts.push(command.match(/ path=/g)?.length ?? 0)
        expect(command.length).toBeLessThan(131_072)
        return Promise.resolve({ code: 0, stdout: 'ok\n', stderr: '' })
      },
      openCommand: () => Promise.reject(new Error('no stream is meant')),
    }
    const files = new Files({ link, engine })
    const short = Array.from({ length: 2_500 }, (_, index) => `/${index}`)
    await files.remove({ kind: 'volume', name: 'data' }, short)
    expect(counts).toEqual([1000, 1000, 500])
    await files.remove({ kind: 'volume', name: 'data' }, Array<string>(9).fill(`/${'x'.repeat(20_000)}`))
    expect(counts.slice(3)).toEqual([2, 2, 2, 2, 1])
  })
})
