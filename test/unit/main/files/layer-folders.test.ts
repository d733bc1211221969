import { describe, expect, it, vi } from 'vitest'
import { LayerFolders } from '../../../../src/main/files/layer-folders'
import type { SshLink } from '../../../../src/main/ssh'

const id = 'a'.repeat(64)
const storage = {
  ...{ id, pid: 17, readOnly: true },
  layers: { upper: '/l/x/diff', work: '/l/x/work', lowers: ['/l/y/diff'] },
  mounts: [{ source: '/volumes/inner', target: '/data/inner', readOnly: false }],
}
const layers = 'upper=/l/x/diff work=/l/x/work lower=/l/y/diff'

function setUp(answers: Record<string, string>) {
  const commands: string[] = []
  const exec: SshLink['exec'] = (command, options) => {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason as Error)
    commands.push(command)
    const [, answer = ''] = Object.entries(answers).find(([part]) => command.includes(part)) ?? []
    return Promise.resolve({ code: answer.startsWith('error') ? 1 : 0, stdout: answer, stderr: '' })
  }
  const folders = new LayerFolders({
    link: { exec, openCommand: () => Promise.reject(new Error('unused')) },
    engine: {
      containers: { storage: () => Promise.resolve(storage) },
      volumes: { folder: () => Promise.resolve({ path: '/volumes/new', mountedInUse: false }) },
    },
  })
  return { folders, commands }
}
const { signal } = new AbortController()
const copy = { volume: 'new', progress: vi.fn(), signal }

describe('a folder of a container’s layer', () => {
  it('is measured without the volumes in it, although the container runs', async () => {
    const { folders, commands } = setUp({ measure: 'ok 4096\n', stat: '10 1024\n' })
    expect(await folders.measure({ id, path: '/data' })).toEqual({ bytes: 4096, free: 10_240 })
    expect(commands).toEqual([
      `/usr/lib/berth/files measure ${layers} path=/data`,
      "stat -f -c '%a %S' '/l/x/diff'",
    ])
  })

  it('is measured beside what the container has written elsewhere', async () => {
    const { folders } = setUp({ du: '9\t/l/x/diff\n4\t/l/x/diff/data\n' })
    expect(await folders.writtenElsewhere({ id, path: '/data' })).toBe(5 * 1024)
  })

  it('is measured until a cancel', async () => {
    const reason = new Error('cancelled')
    const { folders } = setUp({ measure: 'ok 4096\n', stat: '10 1024\n' })
    await expect(folders.measure({ id, path: '/data' }, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  it('is copied to the folder of the volume', async () => {
    const { folders, commands } = setUp({ clone: 'ok\n' })
    await folders.copy({ id, path: '/data' }, copy)
    expect(commands).toEqual([`/usr/lib/berth/files clone ${layers} path=/data to=/volumes/new`])
  })

  it.each([
    ['no-space', 'disk.full'],
    ['not-folder', 'files.not-a-folder'],
    ['exists', 'files.exists'],
    ['gone', 'files.container-busy'],
  ])('is not copied after %s', async (reason, code) => {
    const { folders } = setUp({ clone: `error ${reason}\n` })
    await expect(folders.copy({ id, path: '/data' }, copy)).rejects.toMatchObject({ code })
  })

  it('is not copied after a cancel', async () => {
    const { folders, commands } = setUp({ clone: 'ok\n' })
    const reason = new Error('cancelled')
    await expect(
      folders.copy({ id, path: '/data' }, { ...copy, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
    expect(commands).toEqual([])
  })
})
