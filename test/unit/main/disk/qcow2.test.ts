import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { diskFile } from '../../../../src/main/disk/qcow2'
import { fileSystemOf } from '../../../../src/main/lib'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-disk-file-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('diskFile returns how much space a disk file takes, and the size to which the disk may grow', async () => {
  const path = join(folder, 'data.qcow2')
  await promisify(execFile)('qemu-img', ['create', '-q', '-f', 'qcow2', path, '64G'])
  const file = await diskFile(path)
  expect(file).toMatchObject({ path, virtual: 64 * 2 ** 30 })
  expect(file?.allocated).toBeGreaterThan(0)
  expect(file?.allocated).toBeLessThan(2 ** 20)
})

it('diskFile returns a virtual size of 0 for a file that is not a disk, and undefined without a file', async () => {
  const path = join(folder, 'data.qcow2')
  expect(await diskFile(path)).toBeUndefined()
  await writeFile(path, 'no')
  expect(await diskFile(path)).toMatchObject({ virtual: 0 })
  await writeFile(path, 'x'.repeat(1_000))
  expect(await diskFile(path)).toMatchObject({ virtual: 0 })
})

it('fileSystemOf returns the total and the free space of the host’s file system', async () => {
  const { total, free } = await fileSystemOf(folder)
  expect(free).toBeGreaterThan(0)
  expect(total).toBeGreaterThanOrEqual(free)
})
