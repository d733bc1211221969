import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { berthPaths } from '../../../../src/main/host/berth-files'
import { AcceleratorMemory } from '../../../../src/main/qemu/accelerator'
import type { LaunchChoice, MachineHost, PreparedMachine } from '../../../../src/main/machine/launch'
import {
  canSuspend,
  compare,
  identify,
  SuspendedMachine,
  type Suspended,
} from '../../../../src/main/machine/suspended-machine'

const same = { host: 'h', image: 'i', settings: 's', disk: 'd' }
const record: Omit<Suspended, 'format' | 'size'> = {
  accelerator: 'tcg',
  same,
  stages: ['network'],
  reports: { space: 'full' },
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

  it('is read as it was written, and only this user can read its memory', async () => {
    await suspended()
    expect(await kept.read()).toMatchObject({ ...record, size: 6 })
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
  })

  it('is ignored without a record, even if its memory file exists', async () => {
    expect(await kept.read()).toBeUndefined()
    await kept.makeRoom(1_000)
    expect(await kept.read()).toBeUndefined()
  })

  it('can be used only once', async () => {
    await suspended()
    await kept.consume()
    expect(await kept.read()).toBeUndefined()
    await kept.discard()
    expect(await readdir(folder)).toEqual([])
  })

  it('is damaged if its memory file has another size or is missing, or its record is unreadable', async () => {
    await suspended()
    await writeFile(kept.memory, 'less')
    await expect(kept.read()).rejects.toMatchObject({ code: 'machine.resume-failed' })
    await rm(kept.memory)
    await expect(kept.read()).rejects.toMatchObject({ code: 'machine.resume-failed' })
    await suspended()
    await writeFile(join(folder, 'suspended.json'), '{')
    await expect(kept.read()).rejects.toMatchObject({ code: 'machine.resume-failed' })
  })

  it('is not written to a disk without enough space', async () => {
    await expect(kept.makeRoom(2 ** 60)).rejects.toMatchObject({ code: 'host.no-space' })
    expect(await readdir(folder)).toEqual([])
  })
})

describe('a comparison before a resume', () => {
  it.each(['host', 'image', 'settings', 'disk'] as const)('names a changed %s', (name) => {
    expect(() => {
      compare(same, { ...same })
    }).not.toThrow()
    expect(() => {
      compare(same, { ...same, [name]: 'other' })
    }).toThrow(expect.objectContaining({ code: `machine.resume-${name}` }) as Error)
  })
})

describe('the identity of a machine that is launched now', () => {
  let folder: string
  let host: MachineHost
  let prepared: PreparedMachine
  const choice: LaunchChoice = {
    settings: { cpus: 2, memoryMiB: 2048, diskGiB: 16 },
    accelerator: 'tcg',
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-identify-'))
    const file = async (name: string) => {
      await writeFile(join(folder, name), name)
      return join(folder, name)
    }
    host = {
      paths: berthPaths({ BERTH_HOME: folder }, 'linux'),
      log: pino({ level: 'silent' }),
      platform: 'linux',
      arch: 'x86_64',
      env: {},
      guestFiles: () => Promise.resolve({}),
      mountsPort: {
        listen: () => Promise.reject(new Error('nothing is launched')),
        confirm: () => undefined,
      },
    }
    await file('manifest.json')
    const pair = { privateKey: '', publicKey: '' }
    prepared = {
      image: {
        folder,
        recipe: 'a',
        dataFormat: 1,
        kernel: 'vmlinuz',
        initrd: 'initrd.img',
        root: 'root.img',
      },
      qemu: { system: 'qemu', qemuImg: 'qemu-img', version: 'QEMU 7.2', major: 7 },
      keys: { host: pair, client: pair },
      dataDisk: await file('data.qcow2'),
      repairDisk: false,
      accelerators: new AcceleratorMemory(join(folder, 'accelerator.json')),
      proofScope: { qemuVersion: 'QEMU 7.2', hostRelease: '6.1' },
      guestFiles: { 'daemon.json': await file('daemon.json') },
    }
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is the same while nothing changes, even for a launch that loads a saved memory', async () => {
    const before = await identify(host, prepared, choice)
    expect(await identify(host, prepared, { ...choice, incoming: true })).toEqual(before)
  })

  const changes: [keyof typeof same, string, () => unknown][] = [
    [
      'host',
      'QEMU has another version',
      () => (prepared.proofScope = { ...prepared.proofScope, qemuVersion: 'QEMU 8.0' }),
    ],
    [
      'host',
      'the host has another kernel',
      () => (prepared.proofScope = { ...prepared.proofScope, hostRelease: '6.2' }),
    ],
    ['image', 'the guest image is another one', () => writeFile(join(folder, 'manifest.json'), 'another')],
    [
      'settings',
      'the memory has another size',
      () => (choice.settings = { ...choice.settings, memoryMiB: choice.settings.memoryMiB + 1 }),
    ],
    ['settings', 'the device for shared folders is missing', () => delete host.mountsPort],
    [
      'settings',
      'a file that the guest reads has other content',
      () => writeFile(join(folder, 'daemon.json'), 'another'),
    ],
    ['disk', 'the disk has other content', () => writeFile(prepared.dataDisk, 'another')],
  ]
  it.each(changes)('changes only in the part “%s” if %s', async (name, _, change) => {
    const before = await identify(host, prepared, choice)
    await change()
    const now = await identify(host, prepared, choice)
    expect(now[name]).not.toBe(before[name])
    expect(now).toEqual({ ...before, [name]: now[name] })
  })
})

describe('accelerators', () => {
  it('can save a machine, except whpx', () => {
    expect((['hvf', 'kvm', 'tcg', 'whpx', undefined] as const).map(canSuspend)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })
})
