import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { BerthError } from '../../src/shared/errors'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'
import { eventually } from '../support/eventually'

describe.each(carriers)('an upload over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier)

  const open = (bytes: number) =>
    test.client.images.importOpen({ reference: 'base', fileName: 'base.tar', bytes })

  it('carries every byte in order', async () => {
    test.services.importer = async (tar) => ({ id: (await buffer(tar)).toString('base64') })
    const pieces = Array.from({ length: 8 }, () => randomBytes(100_000))
    const { uploadId } = await open(800_000)
    for (const piece of pieces) await test.client.uploads.piece({ uploadId, piece: piece.toString('base64') })
    const { id } = await test.client.uploads.finish({ uploadId })
    expect(Buffer.from(id ?? '', 'base64').equals(Buffer.concat(pieces))).toBe(true)
  })

  it('stops answering pieces while the importer does not read, and resumes when the importer reads', async () => {
    let archive: Readable | undefined
    test.services.importer = async (tar) => {
      archive = tar
      await new Promise((resolve) => tar.once('end', resolve))
      return { id: 'done' }
    }
    const piece = randomBytes(250_000).toString('base64')
    const { uploadId } = await open(10_000_000)
    let answered = 0
    const sending = (async () => {
      for (let sent = 0; sent < 4; sent++) {
        await test.client.uploads.piece({ uploadId, piece })
        answered += 1
      }
    })()
    await eventually(() => {
      expect(answered).toBeGreaterThan(0)
    })
    await test.client.app.info()
    expect(answered).toBeLessThan(4)
    archive?.resume()
    await sending
    await test.client.uploads.abort({ uploadId })
  })

  it('refuses a piece that arrives before the reply to the previous piece, and ends', async () => {
    test.services.importer = () => new Promise(() => undefined)
    const piece = randomBytes(262_144).toString('base64')
    const { uploadId } = await open(10_000_000)
    const outcomes = await Promise.allSettled([
      test.client.uploads.piece({ uploadId, piece }),
      test.client.uploads.piece({ uploadId, piece }),
    ])
    expect(outcomes[1]).toMatchObject({
      status: 'rejected',
      reason: { data: { code: 'input.invalid', params: { field: 'piece', reason: 'out of turn' } } },
    })
    await expect(test.client.uploads.piece({ uploadId, piece })).rejects.toMatchObject({
      data: { code: 'upload.not-found' },
    })
  })

  it('reports the engine’s reason for rejecting the archive', async () => {
    test.services.importer = async (tar) => {
      await buffer(tar)
      throw new BerthError('image.archive-invalid', { reason: 'not a tar' })
    }
    const { uploadId } = await open(3)
    await test.client.uploads.piece({ uploadId, piece: 'AAAA' })
    await expect(test.client.uploads.finish({ uploadId })).rejects.toMatchObject({
      data: { code: 'image.archive-invalid', params: { reason: 'not a tar' } },
    })
  })

  it('fails if bytes are missing at its end', async () => {
    test.services.importer = async (tar) => {
      await buffer(tar)
      return { id: 'never' }
    }
    const { uploadId } = await open(9)
    await test.client.uploads.piece({ uploadId, piece: 'AAAA' })
    await expect(test.client.uploads.finish({ uploadId })).rejects.toMatchObject({
      data: { code: 'upload.incomplete' },
    })
  })

  it('accepts no piece from another client', async () => {
    test.services.importer = () => new Promise(() => undefined)
    const { uploadId } = await open(3)
    const other = await test.host.connect()
    await expect(other.client.uploads.piece({ uploadId, piece: 'AAAA' })).rejects.toMatchObject({
      data: { code: 'upload.not-found' },
    })
    other.drop()
  })

  it('is aborted when the connection drops', async () => {
    let failure: unknown
    test.services.importer = async (tar) => {
      try {
        await buffer(tar)
      } catch (error) {
        failure = error
      }
      return { id: 'never' }
    }
    const { uploadId } = await test.client.images.importOpen({
      reference: 'a',
      fileName: 'a.tar',
      bytes: 9,
    })
    await test.client.uploads.piece({ uploadId, piece: 'AAAA' })
    test.connection.drop()
    await eventually(() => {
      expect(failure).toBeInstanceOf(BerthError)
    })
  })
})
