import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BoundedFile } from '../../../../src/main/host/bounded-file'

describe('a bounded file', () => {
  let parent: string
  let folder: string
  let opened: BoundedFile[] = []
  const open = async (limit = 400) => {
    const file = await BoundedFile.open({ folder, name: 'log', limit })
    opened.push(file)
    return file
  }

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'berth-bounded-'))
    folder = join(parent, 'new')
  })
  afterEach(async () => {
    await Promise.all(opened.map((file) => file.close()))
    opened = []
    await rm(parent, { recursive: true })
  })

  it('keeps what was appended, also after it was opened again', async () => {
    const file = await open()
    expect(await readdir(parent)).toEqual([])
    await Promise.all([file.append('one\n'), file.append('두울\n'), file.append('three\n')])
    await file.close()
    const again = await open()
    expect(again.end).toBe(4 + 7 + 6)
    const { start, bytes } = await again.read(4, 7)
    expect(start).toBe(4)
    expect(bytes.toString()).toBe('두울\n')
    await again.append('four\n')
    expect((await again.read(11, 100)).bytes.toString()).toBe('three\nfour\n')
  })

  it('forgets its oldest bytes, and positions stay valid', async () => {
    const file = await open()
    for (let number = 0; number < 100; number++) await file.append(`${String(number).padStart(9)}\n`)
    expect(file.end).toBe(1000)
    expect(file.start).toBeGreaterThan(500)
    expect(file.end - file.start).toBeLessThanOrEqual(400)
    const first = await file.read(0, 10)
    expect(first.start).toBe(file.start)
    expect(first.bytes.toString().trim()).toBe(String(file.start / 10))
    expect((await file.read(950, 1000)).bytes.toString()).toContain('99\n')
    const again = await open()
    expect([again.start, again.end]).toEqual([file.start, 1000])
    const sizes = await Promise.all(
      (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
    )
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(400)
  })

  it('never splits a write, even if it is longer than the limit', async () => {
    const file = await open()
    await file.append('short\n')
    await file.append(`${'x'.repeat(1000)}\n`)
    await file.append('after\n')
    const { bytes } = await file.read(0, 5000)
    expect(bytes.toString()).toMatch(/(?:^x{1000}\n)?after\n$/)
  })

  it('continues after a crash has torn its last write', async () => {
    const file = await open()
    await file.append('whole\n')
    await file.close()
    await appendFile(join(folder, 'log.0'), 'to')
    const again = await open()
    await again.append('\nnext\n')
    expect((await again.read(0, 100)).bytes.toString()).toBe('whole\nto\nnext\n')
  })

  it('ignores the bytes before a gap', async () => {
    await (await open()).append('whole\n')
    await appendFile(join(folder, 'log.50'), 'later\n')
    const again = await open()
    expect([again.start, again.end]).toEqual([50, 56])
  })

  it('removes its segments, but no other file', async () => {
    const file = await open()
    for (let number = 0; number < 100; number++) await file.append('0123456789')
    await appendFile(join(folder, 'log.old'), 'other')
    await file.remove()
    expect(await readdir(folder)).toEqual(['log.old'])
  })
})
