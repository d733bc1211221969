import { renameSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileWatch } from '../../../../src/main/host/file-watch'
import { delay } from '../../../../src/main/lib'

describe('the watch over a file', () => {
  let folder: string
  let file: string
  let watch: FileWatch
  let changes: number

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-watch-'))
    file = join(folder, 'kept', 'file')
    watch = new FileWatch(file, pino({ level: 'silent' }))
    changes = 0
    watch.on('change', () => (changes += 1))
  })
  afterEach(async () => {
    watch.close()
    await rm(folder, { recursive: true })
  })

  it('reports several quick writes and replacements of the file as one change', async () => {
    await mkdir(join(folder, 'kept'))
    watch.start()
    writeFileSync(file, 'one')
    writeFileSync(`${file}.new`, 'two')
    renameSync(`${file}.new`, file)
    await expect.poll(() => changes).toBe(1)
    await delay(200)
    expect(changes).toBe(1)
  })

  it('ignores the other files of the folder', async () => {
    await mkdir(join(folder, 'kept'))
    watch.start()
    await writeFile(join(folder, 'kept', 'other'), '')
    await delay(300)
    expect(changes).toBe(0)
  })

  it('can be started again after its folder was created', async () => {
    watch.start()
    await mkdir(join(folder, 'kept'))
    watch.start()
    await writeFile(file, 'one')
    await expect.poll(() => changes).toBeGreaterThan(0)
  })
})
