import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Disk, type DiskOptions } from '../../../../src/main/disk/reclaim'
import { berthPaths, type BerthPaths } from '../../../../src/main/host/berth-files'

let paths: BerthPaths
beforeEach(async () => {
  paths = berthPaths({ BERTH_HOME: await mkdtemp(join(tmpdir(), 'berth-disk-')) }, process.platform)
  await mkdir(paths.machine)
})
afterEach(() => rm(paths.home, { recursive: true, force: true }))

interface Guest {
  isUp?: boolean
  diskFull?: 'host'
  exec?: (command: string) => Promise<{ code: number; stdout: string; stderr: string }>
}

function diskOf({ isUp = true, diskFull, exec }: Guest = {}): { disk: Disk; done: string[] } {
  const done: string[] = []
  const services: DiskOptions = {
    paths,
    machine: { state: diskFull === undefined ? {} : { diskFull } },
    link: {
      isUp,
      exec: async (command) => {
        done.push(command.split(' ')[0] ?? '')
        return (await exec?.(command)) ?? { code: 0, stdout: '4096 1000 400 390 77\n', stderr: '' }
      },
    },
    engine: {
      disk: {
        usage: () => Promise.resolve([]),
        prune: (kind) => {
          done.push(`prune ${kind}`)
          return Promise.resolve({ removed: 2, bytes: 600 })
        },
      },
      volumes: {
        prune: () => {
          done.push('prune volumes')
          return Promise.resolve({ removed: ['spare'], bytes: 40 })
        },
      },
    },
  }
  return { disk: new Disk(services), done }
}

describe('disk usage', () => {
  it('combines the values of the host, the guest and the engine', async () => {
    await writeFile(join(paths.machine, 'data.qcow2'), 'x')
    const usage = await diskOf().disk.usage()
    expect(usage.engine).toEqual([])
    expect(usage.guest).toEqual({ total: 4_096_000, used: 600 * 4096, free: 390 * 4096, freeFiles: 77 })
    expect(usage.file?.path).toBe(join(paths.machine, 'data.qcow2'))
    expect(usage.host.free).toBeGreaterThan(0)
  })

  it('shows only the host’s values while the machine waits for space, and runs no command in the machine', async () => {
    const { disk, done } = diskOf({ diskFull: 'host' })
    expect(Object.keys(await disk.usage())).toEqual(['host'])
    await expect(disk.reclaim('images')).rejects.toMatchObject({ code: 'host.no-space' })
    expect(done).toEqual([])
  })

  it('shows only the host’s values while there is no machine', async () => {
    const { disk, done } = diskOf({ isUp: false })
    expect(Object.keys(await disk.usage())).toEqual(['host'])
    expect(done).toEqual([])
  })
})

describe('reclaiming disk space', () => {
  it('removes items, returns the space to the host after that, and reports the returned bytes', async () => {
    const file = join(paths.machine, 'data.qcow2')
    await writeFile(file, Buffer.alloc(1 << 20, 1))
    const { disk, done } = diskOf({
      exec: async () => {
        await truncate(file, 4096)
        return { code: 0, stdout: '', stderr: '' }
      },
    })
    expect(await disk.reclaim('images')).toEqual({ removed: 2, freed: 600, returned: (1 << 20) - 4096 })
    expect(done).toEqual(['prune images', 'sync'])
  })

  it('can also prune volumes, but prunes nothing if only free space is requested', async () => {
    const { disk, done } = diskOf()
    expect(await disk.reclaim('volumes')).toEqual({ removed: 1, freed: 40, returned: 0 })
    expect(await disk.reclaim('free-space')).toEqual({ removed: 0, freed: 0, returned: 0 })
    expect(done).toEqual(['prune volumes', 'sync', 'sync'])
  })

  it('needs a running machine, and reports if the guest cannot trim the disk', async () => {
    const stopped = diskOf({ isUp: false })
    await expect(stopped.disk.reclaim('images')).rejects.toMatchObject({ code: 'machine.not-running' })
    expect(stopped.done).toEqual([])
    const broken = diskOf({
      exec: () => Promise.resolve({ code: 1, stdout: '', stderr: 'fstrim: not supported\n' }),
    })
    await expect(broken.disk.reclaim('free-space')).rejects.toMatchObject({
      code: 'disk.trim-failed',
      params: { reason: 'fstrim: not supported' },
    })
  })
})
