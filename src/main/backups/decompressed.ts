import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { BerthError } from '../../shared/errors'
import { systemErrorCode } from '../lib'

/**
 * The content of an archive that may be compressed with gzip. `count` is called with the number of bytes of the file
 * that have been read. The end of the iteration destroys the file's stream.
 * @throws BerthError backup.damaged; the error of the file
 */
export async function* decompressed(
  file: Readable,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer, void> {
  let read = 0
  const pieces = file[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>
  const counted = async (): Promise<Buffer | undefined> => {
    const piece = await pieces.next()
    if (piece.done === true) return undefined
    read += piece.value.length
    count(read)
    return piece.value
  }
  async function* rest(head: Buffer): AsyncGenerator<Buffer, void> {
    yield head
    for (let piece = await counted(); piece !== undefined; piece = await counted()) yield piece
  }
  try {
    let head = (await counted()) ?? Buffer.alloc(0)
    while (head.length < 2) {
      const more = await counted()
      if (more === undefined) break
      head = Buffer.concat([head, more])
    }
    if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzipped(rest(head))
    else yield* rest(head)
  } finally {
    file.destroy()
  }
}

/** Unlike a pipeline, keeps the error of the source apart from an error of the decompression. */
async function* gunzipped(source: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const gunzip = createGunzip()
  const closed = new AbortController()
  gunzip.once('close', () => {
    closed.abort()
  })
  const feeding = (async () => {
    try {
      for await (const piece of source) {
        // Nobody reads any more, or the content is damaged.
        if (closed.signal.aborted) return
        if (!gunzip.write(piece)) await once(gunzip, 'drain', closed).catch(() => undefined)
      }
      gunzip.end()
    } catch (error) {
      gunzip.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  })()
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) yield piece
    await feeding
  } catch (error) {
    if (!systemErrorCode(error)?.startsWith('Z_')) throw error
    throw new BerthError('backup.damaged', {}, { detail: String(error), cause: error })
  } finally {
    gunzip.destroy()
  }
}
