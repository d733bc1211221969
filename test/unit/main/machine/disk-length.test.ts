import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assertNotTruncated, checkImage, rememberLength } from '../../../../src/main/machine/disk-length'

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
  it('is accepted when nothing is known of it, and when it is as it was', async () => {
    await assertNotTruncated(disk, '/nowhere')
    await rememberLength(disk)
    await assertNotTruncated(disk, '/nowhere')
  })

  it('that was cut short is refused and left alone', async () => {
    await rememberLength(disk)
    const { size } = await stat(disk)
    await truncate(disk, size / 2)
    await expect(assertNotTruncated(disk, 'qemu-img')).rejects.toMatchObject({
      code: 'machine.disk-unusable',
      params: { file: disk, reason: `${size / 2} of ${size} bytes are left of it` },
    })
    expect((await stat(disk)).size).toBe(size / 2)
  })

  it('that was replaced by a smaller whole one is accepted', async () => {
    await rememberLength(disk)
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '1G'])
    await assertNotTruncated(disk, 'qemu-img')
  })

  it('is looked through for clusters that are not there', async () => {
    expect(await checkImage('qemu-img', disk)).toMatchObject({ whole: true })
    await writeFile(disk, 'no disk')
    expect(await checkImage('qemu-img', disk)).toMatchObject({ whole: false })
  })
})
