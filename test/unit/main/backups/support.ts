import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'

/** An entry of an archive, as tar-stream takes it. */
export type Entry = Partial<Header> & Pick<Header, 'name'> & { content?: string }

/** An archive with these entries, in the format that tar-stream writes. */
export function archive(entries: readonly Entry[]): Promise<Buffer> {
  const packing = pack()
  for (const { content = '', ...header } of entries) packing.entry(header, content)
  packing.finalize()
  return buffer(packing)
}

/** Sends bytes in pieces of this length, so that no piece ends where an entry does. */
export async function* pieces(bytes: Buffer, length = 777): AsyncGenerator<Buffer, void> {
  for (let start = 0; start < bytes.length; start += length)
    yield await Promise.resolve(bytes.subarray(start, start + length))
}

export async function collect(parts: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}
