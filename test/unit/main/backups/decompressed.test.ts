import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decompressed } from '../../../../src/main/backups/decompressed'
import { BerthError } from '../../../../src/shared/errors'
import { collect, pieces } from './support'

const content = randomBytes(300_000)
const open = (bytes: Buffer) => Readable.from(pieces(bytes, 1000), { objectMode: false })

describe('the content of a file', () => {
  it('is read with and without compression, and the bytes of the file are counted', async () => {
    for (const bytes of [content, gzipSync(content)]) {
      let read = 0
      const found = await collect(decompressed(open(bytes), (count) => (read = count)))
      expect(found.equals(content)).toBe(true)
      expect(read).toBe(bytes.length)
    }
  })

  it('is refused if the compressed file is cut off or damaged', async () => {
    const whole = gzipSync(content)
    const wrong = Buffer.from(whole)
    wrong.fill(0, 100_000, 100_100)
    for (const bytes of [whole.subarray(0, 150_000), whole.subarray(0, whole.length - 4), wrong])
      await expect(collect(decompressed(open(bytes), () => undefined))).rejects.toMatchObject({
        code: 'backup.damaged',
      })
  })

  it('fails with the error of the file, and closes a file that is no longer read', async () => {
    const upload = new PassThrough()
    upload.write(gzipSync(content).subarray(0, 50_000))
    const reading = collect(decompressed(upload, () => undefined))
    setImmediate(() => upload.destroy(new BerthError('upload.not-found')))
    await expect(reading).rejects.toMatchObject({ code: 'upload.not-found' })

    const file = open(gzipSync(content))
    for await (const part of decompressed(file, () => undefined)) {
      expect(part.length).toBeGreaterThan(0)
      break
    }
    expect(file.destroyed).toBe(true)
  })
})
