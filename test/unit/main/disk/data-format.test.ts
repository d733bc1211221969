import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { markData, refuseNewerData } from '../../../../src/main/disk/data-format'

const image = { recipe: 'aaa', dataFormat: 2 }
let folder: string
let dataDisk: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-format-'))
  dataDisk = join(folder, 'data.qcow2')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the format of the data disk', () => {
  it('makes Berth refuse the disk if the image knows only an older format', async () => {
    await writeFile(dataDisk, '')
    await markData(dataDisk, { ...image, dataFormat: 3 })
    await expect(refuseNewerData(dataDisk, image)).rejects.toMatchObject({
      code: 'machine.data-newer',
      params: { file: dataDisk, format: '3', known: '2' },
    })
  })

  it('allows a newer image and the same image, and allows every image when data.json is unreadable', async () => {
    await writeFile(dataDisk, '')
    await refuseNewerData(dataDisk, image)
    await markData(dataDisk, { ...image, dataFormat: 1 })
    await refuseNewerData(dataDisk, image)
    await markData(dataDisk, image)
    await refuseNewerData(dataDisk, image)
    await writeFile(join(folder, 'data.json'), '{')
    await refuseNewerData(dataDisk, image)
  })

  it('is not checked if the disk was removed', async () => {
    await markData(dataDisk, { ...image, dataFormat: 3 })
    await refuseNewerData(dataDisk, image)
  })
})
