import { describe, expect, it } from 'vitest'
import { MessageReader } from '../../../../../src/main/file-server/protocol/message-reader'

describe('the message reader', () => {
  it('returns whole messages wherever the stream is split, and keeps messages that are not read yet', () => {
    const lengths = [8, 300, 9, 70_000, 8, 400_000]
    const sent = lengths.map((length, index) => {
      const bytes = Buffer.alloc(length, index + 1)
      bytes.writeUInt32LE(length, 0)
      return bytes
    })
    const stream = Buffer.concat(sent)
    for (const step of [1_000, 3, stream.length]) {
      const reader = new MessageReader(8, 500_000)
      const found: Buffer[] = []
      for (let at = 0; at < stream.length; at += step) {
        reader.push(stream.subarray(at, at + step))
        const one = reader.next()
        if (one) found.push(Buffer.from(one))
      }
      for (let one = reader.next(); one; one = reader.next()) found.push(Buffer.from(one))
      expect(found.map(({ length }) => length)).toEqual(lengths)
      expect(Buffer.concat(found).equals(stream)).toBe(true)
    }
  })
})
