import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'

/** Returns the files of a support bundle by their names. */
export async function unpackBundle(bundle: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const archive = extract()
  Readable.from([bundle]).pipe(createGunzip()).pipe(archive)
  for await (const entry of archive)
    files.set(entry.header.name.replace('berth-support/', ''), await text(entry))
  return files
}
