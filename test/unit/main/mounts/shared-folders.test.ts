import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SharedFolders } from '../../../../src/main/mounts/shared-folders'

const looks = vi.hoisted(() => ({ hanging: '', count: 0 }))
vi.mock(import('node:fs/promises'), async (importOriginal) => {
  const fs = await importOriginal()
  const hangingRealpath = (path: string) => {
    if (path !== looks.hanging) return fs.realpath(path)
    looks.count++
    return new Promise<string>(() => undefined)
  }
  return { ...fs, realpath: hangingRealpath as typeof fs.realpath }
})

describe('a shared folder whose drive does not answer', () => {
  let base: string
  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'berth-hanging-')))
    for (const name of ['drive', 'other']) await mkdir(join(base, name))
    looks.hanging = join(base, 'drive')
    looks.count = 0
    // Only the hanging drive may be late, however slow the real file system is.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await rm(base, { recursive: true, force: true })
  })

  const sharedFolders = () => new SharedFolders('linux', join(base, 'own'))
  /** Ends the wait for the drive, after the other folders have answered. */
  const driveIsLate = async <T>(looking: Promise<T>) => {
    while (vi.getTimerCount() > 1) await setImmediate()
    vi.runOnlyPendingTimers()
    return looking
  }

  it('counts as missing, does not block the other folders, and is not looked at a second time meanwhile', async () => {
    const folders = sharedFolders()
    const wanted = ['drive', 'other'].map((name) => ({ path: join(base, name), writable: true }))
    for (let look = 1; look <= 3; look++) {
      const opening = folders.open(wanted)
      const [drive, other] = await (look === 1 ? driveIsLate(opening) : opening)
      expect(drive).toMatchObject({ problem: { code: 'mounts.folder-missing' } })
      expect(other).toMatchObject({ id: '2', path: join(base, 'other') })
    }
    expect(looks.count).toBe(1)
  })

  it('stays as it is if it is served already, because a change would make the file server wait for the drive', async () => {
    const folders = sharedFolders()
    const wanted = [{ path: join(base, 'drive'), writable: true }]
    looks.hanging = ''
    folders.replace(wanted, await folders.open(wanted))
    const { shares } = folders
    looks.hanging = join(base, 'drive')
    const opened = await driveIsLate(folders.open(wanted))
    expect(folders.hasChanged(opened)).toBe(false)
    expect(folders.replace(wanted, opened)).toEqual([])
    expect(folders.shares).toEqual(shares)
    expect(folders.folders).toMatchObject([{ path: join(base, 'drive') }])
    expect(folders.folders[0]?.problem).toBeUndefined()
  })

  it('is not given to a machine that resumes', async () => {
    const folders = sharedFolders()
    const wanted = ['drive', 'other'].map((name) => ({ path: join(base, name), writable: true }))
    looks.hanging = ''
    folders.replace(wanted, await folders.open(wanted))
    const { shares } = folders
    looks.hanging = join(base, 'drive')
    expect(await driveIsLate(folders.adopt(shares))).toMatchObject([{ id: '2' }])
    folders.replace(wanted, await folders.open(wanted))
    expect(folders.shares).toMatchObject([{ id: '2' }])
  })
})
