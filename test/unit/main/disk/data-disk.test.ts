import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureDataDisk } from '../../../../src/main/disk/data-disk'
import { freeBytes, neededSpace } from '../../../../src/main/lib'
import { markData } from '../../../../src/main/disk/data-format'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-disk-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Makes a qemu-img that runs this shell script. `$7` is the file. */
async function qemuImg(script: string): Promise<string> {
  const file = join(folder, 'qemu-img')
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

const plenty = () => Promise.resolve(neededSpace)

describe('the data disk', () => {
  it('is made in the requested size', async () => {
    const file = join(folder, 'data.qcow2')
    await ensureDataDisk({ file, sizeGiB: 64, qemuImg: await qemuImg('echo "$@" > "$7"'), freeSpace: plenty })
    expect(await readFile(file, 'utf8')).toBe(`create -q -f qcow2 -o lazy_refcounts=on ${file}.new 64G\n`)
  })

  it('is not replaced if it may contain data', async () => {
    const file = join(folder, 'data.qcow2')
    await writeFile(file, 'precious')
    await ensureDataDisk({ file, sizeGiB: 64, qemuImg: '/nowhere', freeSpace: () => Promise.resolve(0) })
    expect(await readFile(file, 'utf8')).toBe('precious')
  })

  it('is replaced at each start until a machine has booted on it, because its formatting may be incomplete', async () => {
    const file = join(folder, 'data.qcow2')
    const options = { file, sizeGiB: 64, qemuImg: await qemuImg('echo blank > "$7"'), freeSpace: plenty }
    await ensureDataDisk(options)
    await writeFile(file, 'half formatted')
    await ensureDataDisk(options)
    expect(await readFile(file, 'utf8')).toBe('blank\n')
    await markData(file, { dataFormat: 1, recipe: 'abc' })
    await writeFile(file, 'precious')
    await ensureDataDisk(options)
    expect(await readFile(file, 'utf8')).toBe('precious')
  })

  it('is kept if an older Berth has used it and has not removed the note that the disk is blank', async () => {
    const file = join(folder, 'data.qcow2')
    const options = { file, sizeGiB: 64, qemuImg: await qemuImg('echo blank > "$7"'), freeSpace: plenty }
    await ensureDataDisk(options)
    await writeFile(join(folder, 'data.json'), JSON.stringify({ format: 1, recipe: 'old' }))
    await writeFile(file, 'precious')
    await ensureDataDisk(options)
    expect(await readFile(file, 'utf8')).toBe('precious')
  })

  it('is kept if a machine has booted on it, even if Berth could not record that', async () => {
    const file = join(folder, 'data.qcow2')
    const options = { file, sizeGiB: 8, qemuImg: await qemuImg('echo made > "$7"'), freeSpace: plenty }
    await ensureDataDisk(options)
    await mkdir(join(folder, 'data.json'))
    await expect(markData(file, { dataFormat: 1, recipe: 'abc' })).rejects.toThrow('EISDIR')
    await rm(join(folder, 'data.json'), { recursive: true })
    await writeFile(file, 'written')
    await ensureDataDisk(options)
    expect(await readFile(file, 'utf8')).toBe('written')
  })

  it('grows to the requested size, and never shrinks', async () => {
    const file = join(folder, 'data.qcow2')
    const header = Buffer.alloc(104)
    header.writeUInt32BE(0x51_46_49_fb)
    header.writeBigUInt64BE(16n << 30n, 24)
    await writeFile(file, header)
    const called = join(folder, 'called')
    const options = { file, qemuImg: await qemuImg(`echo "$@" >> ${called}`) }
    await ensureDataDisk({ ...options, sizeGiB: 16 })
    await ensureDataDisk({ ...options, sizeGiB: 8 })
    await ensureDataDisk({ ...options, sizeGiB: 17 })
    expect(await readFile(called, 'utf8')).toBe(`resize -q -f qcow2 ${file} 17G\n`)
    const qemuImgFailing = await qemuImg('echo "qemu-img: no" >&2; exit 1')
    await expect(ensureDataDisk({ file, qemuImg: qemuImgFailing, sizeGiB: 17 })).rejects.toMatchObject({
      code: 'machine.disk-grow',
      params: { file, size: 17, reason: 'qemu-img: no' },
    })
    expect((await readFile(file)).equals(header)).toBe(true)
  })

  it('is not made if there is no space for it', async () => {
    const file = join(folder, 'data.qcow2')
    const making = ensureDataDisk({
      file,
      sizeGiB: 64,
      qemuImg: '/nowhere',
      freeSpace: () => Promise.resolve(5 << 20),
    })
    await expect(making).rejects.toMatchObject({
      code: 'host.no-space',
      params: { folder, free: '5.24 MB', needed: '1.07 GB' },
    })
    expect(await readdir(folder)).toEqual([])
  })

  it('leaves no file behind if it cannot be made', async () => {
    const file = join(folder, 'data.qcow2')
    const failing = await qemuImg('echo half > "$7"; echo "qemu-img: no way" >&2; exit 1')
    await expect(
      ensureDataDisk({ file, sizeGiB: 64, qemuImg: failing, freeSpace: plenty }),
    ).rejects.toMatchObject({
      code: 'machine.disk-create',
      params: { file: `${file}.new`, reason: 'qemu-img: no way' },
    })
    expect(await readdir(folder)).toEqual(['qemu-img'])
  })
})

it('freeBytes returns the free space of a folder', async () => {
  expect(await freeBytes(folder)).toBeGreaterThan(0)
})
