import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canSuspend, compare, SuspendedMachine, type Suspended } from '../../../../src/main/machine/suspended'

const same = { host: 'h', image: 'i', settings: 's', disk: 'd' }
const record: Omit<Suspended, 'format' | 'size'> = {
  accelerator: 'tcg',
  same,
  stages: ['network'],
  participants: { mounts: { open: [1] } },
}

describe('a suspended machine', () => {
  let folder: string
  let kept: SuspendedMachine
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-suspended-'))
    kept = new SuspendedMachine(folder)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function suspended(): Promise<void> {
    await kept.makeRoom(1_000)
    await writeFile(kept.memory, 'memory')
    await kept.write(record)
  }

  it('is what was written, and only this user can read its memory', async () => {
    await suspended()
    expect(await kept.read()).toMatchObject({ ...record, size: 6 })
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
  })

  it('is none without a record, whatever memory lies there', async () => {
    expect(await kept.read()).toBeUndefined()
    await kept.makeRoom(1_000)
    expect(await kept.read()).toBeUndefined()
  })

  it('is used once', async () => {
    await suspended()
    await kept.consume()
    expect(await kept.read()).toBeUndefined()
    await kept.discard()
    expect(await readdir(folder)).toEqual([])
  })

  it('is damaged when its memory is of another size or gone, or its record unreadable', async () => {
    await suspended()
    await writeFile(kept.memory, 'less')
    await expect(kept.read()).rejects.toMatchObject({ code: 'machine.resume-failed' })
    await rm(kept.memory)
    await expect(kept.read()).rejects.toMatchObject({ code: 'machine.resume-failed' })
    await suspended()
    await writeFile(join(folder, 'suspended.json'), '{')
    await expect(kept.read()).rejects.toMatchObject({ code: 'machine.resume-failed' })
  })

  it('is not begun on a disk without room for it', async () => {
    await expect(kept.makeRoom(2 ** 60)).rejects.toMatchObject({ code: 'host.no-space' })
    expect(await readdir(folder)).toEqual([])
  })
})

describe('what must be the same again', () => {
  it.each(['host', 'image', 'settings', 'disk'] as const)('names a changed %s', (name) => {
    expect(() => {
      compare(same, { ...same })
    }).not.toThrow()
    expect(() => {
      compare(same, { ...same, [name]: 'other' })
    }).toThrow(expect.objectContaining({ code: `machine.resume-${name}` }) as Error)
  })
})

describe('accelerators', () => {
  it('can save a machine, but for whpx', () => {
    expect((['hvf', 'kvm', 'tcg', 'whpx', undefined] as const).map(canSuspend)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })
})
