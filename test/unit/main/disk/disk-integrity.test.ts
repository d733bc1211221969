import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureDataDisk } from '../../../../src/main/disk/data-disk'
import { diskFile, wasNotClosed } from '../../../../src/main/disk/qcow2'
import {
  assertNotTruncated,
  repairAndVerifyDisk,
  verifyDisk,
  rememberLength,
} from '../../../../src/main/disk/disk-integrity'

const run = promisify(execFile)
let folder: string
let disk: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-disk-length-'))
  disk = join(folder, 'data.qcow2')
  const raw = join(folder, 'raw')
  await writeFile(raw, 'data '.repeat(1_000_000))
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, disk])
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a data disk', () => {
  it('is accepted if no length was recorded, or if it still has the recorded length', async () => {
    await assertNotTruncated(disk, '/nowhere')
    await rememberLength(disk)
    await assertNotTruncated(disk, '/nowhere')
  })

  it('that was truncated is refused and not changed', async () => {
    await rememberLength(disk)
    const { size } = await stat(disk)
    await truncate(disk, size / 2)
    await expect(assertNotTruncated(disk, 'qemu-img')).rejects.toMatchObject({
      code: 'machine.disk-unusable',
      params: { file: disk, reason: `only ${size / 2} of ${size} bytes are left` },
    })
    expect((await stat(disk)).size).toBe(size / 2)
  })

  it('that was replaced by a smaller, undamaged disk is accepted', async () => {
    await rememberLength(disk)
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '1G'])
    await assertNotTruncated(disk, 'qemu-img')
  })

  it('counts as undamaged only if qemu-img can check it and finds no damage', async () => {
    expect(await verifyDisk('qemu-img', disk)).toMatchObject({ whole: true })
    await writeFile(disk, 'no disk')
    expect(await verifyDisk('qemu-img', disk)).toMatchObject({ whole: false })
    expect(await verifyDisk('/nowhere/qemu-img', disk)).toMatchObject({ whole: false })
  })
})

describe('a data disk whose QEMU was killed', () => {
  beforeEach(async () => {
    // Small clusters make qemu-img report more errors than fit into any buffer.
    const create = ['create', '-q', '-f', 'qcow2', '-o', 'lazy_refcounts=on,cluster_size=512', disk, '64M']
    await run('qemu-img', create)
    await run('qemu-io', ['-c', 'write 0 12M', '-c', 'abort', disk]).catch(() => undefined)
    expect(await wasNotClosed(disk)).toBe(true)
  })

  it('counts as undamaged, because the next QEMU corrects its reference counts', async () => {
    expect(await verifyDisk('qemu-img', disk)).toMatchObject({ whole: true })
  })

  it('counts as damaged if it was also truncated', async () => {
    await truncate(disk, 6 << 20)
    expect(await verifyDisk('qemu-img', disk)).toMatchObject({ whole: false })
  })

  it('is made larger, no matter how much qemu-img prints', async () => {
    await ensureDataDisk({ file: disk, sizeGiB: 1, qemuImg: 'qemu-img' })
    expect(await diskFile(disk)).toMatchObject({ virtual: 2 ** 30 })
  })

  it('is repaired, no matter how much qemu-img prints', async () => {
    expect(await repairAndVerifyDisk('qemu-img', disk)).toMatchObject({ whole: true })
    expect(await wasNotClosed(disk)).toBe(false)
  })
})
