import { describe, expect, it, vi } from 'vitest'
import { layerData, writtenElsewhere } from '../../../../src/main/files/layer-size'
import type { SshLink } from '../../../../src/main/ssh'

const layer = '/var/lib/docker/overlay2/abc/diff'
const lines = (...entries: [number, string][]) =>
  entries.map(([kib, path]) => `${String(kib)}\t${layer}${path}`).join('\n')

describe('the data in a layer', () => {
  it('are named by the deepest folder that holds most of them', () => {
    const output = lines(
      [1000, ''],
      [900, '/var'],
      [890, '/var/lib'],
      [700, '/var/lib/my db'],
      [190, '/var/lib/x'],
      [100, '/etc'],
    )
    expect(layerData(output, layer)).toEqual({
      written: 1000 * 1024,
      folder: '/var/lib/my%20db',
      inFolder: 700 * 1024,
    })
  })

  it('leave logs, caches and temporary files out', () => {
    const output = lines(
      [1000, ''],
      [500, '/var'],
      [300, '/var/log'],
      [200, '/var/log/nginx'],
      [100, '/var/cache'],
      [400, '/tmp'],
      [50, '/root'],
      [40, '/root/.cache'],
    )
    expect(layerData(output, layer)).toEqual({ written: 160 * 1024, folder: '/var', inFolder: 100 * 1024 })
  })

  it('are not known if the sum is missing', () => {
    expect(layerData('', layer)).toBeUndefined()
    expect(layerData(lines([1, '/etc']), layer)).toBeUndefined()
  })

  it('do not follow names with line breaks out of the layer', () => {
    const output = `${lines([1000, ''], [10, '/a'])}\n900\t/etc/shadow\nx\t${layer}/b\n900\t${layer}2/c`
    expect(layerData(output, layer)).toMatchObject({ folder: '/', written: 1000 * 1024 })
  })
})

describe('what is written outside of a folder', () => {
  const ask = async (stdout: string, folder: string) => {
    const exec = vi.fn<SshLink['exec']>(() => Promise.resolve({ code: 0, stdout, stderr: '' }))
    return { bytes: await writtenElsewhere({ exec }, layer, folder), commands: exec.mock.calls }
  }

  it('is all but the folder, without logs, caches and temporary files', async () => {
    const output = lines([1000, ''], [600, '/srv'], [500, '/srv/my db'], [100, '/tmp'], [200, '/root'])
    expect((await ask(output, '/srv/my%20db')).bytes).toBe(400 * 1024)
    expect((await ask(output, '/gone')).bytes).toBe(900 * 1024)
  })

  it('is measured as deep as the folder is, and wakes the machine', async () => {
    const { bytes, commands } = await ask(lines([9, ''], [5, '/a/b/c/d/e']), '/a/b/c/d/e')
    expect(bytes).toBe(4 * 1024)
    expect(commands).toEqual([[expect.stringContaining(`du -x -k -d 5 '${layer}'`)]])
  })

  it('is not known if the sum is missing', async () => {
    expect((await ask(lines([5, '/a']), '/a')).bytes).toBeUndefined()
  })
})
