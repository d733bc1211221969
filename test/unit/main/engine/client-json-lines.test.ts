import { describe, expect, it } from 'vitest'
import { jsonLines } from '../../../../src/main/engine/client'

async function read(chunks: Buffer[]): Promise<unknown[]> {
  const values: unknown[] = []
  async function* source() {
    yield* chunks
    await Promise.resolve()
  }
  for await (const batch of jsonLines(source())) values.push(...batch)
  return values
}

describe('jsonLines', () => {
  const bytes = Buffer.from('{"a":"é"}\r\n\n{"b":"한"}\n{"c":3}')

  it('reads one value per line, no matter where the chunks are cut', async () => {
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(await read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual([
        { a: 'é' },
        { b: '한' },
        { c: 3 },
      ])
  })

  it('fails on invalid JSON', async () => {
    await expect(read([Buffer.from('{"a":1}\noops\n')])).rejects.toThrow(SyntaxError)
  })
})
