import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pack, type Pack } from 'tar-stream'
import { BerthError } from '../../shared/errors'
import { message } from '../lib'
import { type ContextEntry, contextEntries, type ContextOptions } from './context-files'

type Header = Parameters<Pack['entry']>[0]

export interface SendOptions extends ContextOptions {
  /** Called with the number of bytes that were sent so far. */
  onSent: (bytes: number) => void
}

/**
 * Writes what a build takes from its folder to a stream, as a tar archive. Reads no faster than the stream takes.
 * @throws BerthError build.file-unreadable, build.file-changed; the stream's error; the signal's reason
 */
export async function sendContext(options: SendOptions, to: Writable): Promise<void> {
  const { folder, signal, onSent } = options
  const archive = pack()
  let sent = 0
  const counter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      sent += chunk.length
      onSent(sent)
      done(null, chunk)
    },
  })
  const sending = pipeline(archive, counter, to, { signal })
  // The failure is thrown below. Until then, nobody waits for this promise.
  sending.catch(() => undefined)
  try {
    for await (const entry of contextEntries(options))
      await Promise.race([add(archive, folder, entry, signal), sending])
    archive.finalize()
  } catch (error) {
    archive.destroy()
    throw error
  }
  await sending
}

async function add(archive: Pack, folder: string, entry: ContextEntry, signal: AbortSignal): Promise<void> {
  const { path, kind, size, mode, modifiedAt, target } = entry
  const common = { mode, mtime: new Date(modifiedAt) }
  if (kind === 'folder') await addEmpty(archive, { ...common, name: `${path}/`, type: 'directory' })
  else if (kind === 'link')
    await addEmpty(archive, { ...common, name: path, type: 'symlink', linkname: target ?? '' })
  else if (size === 0) await addEmpty(archive, { ...common, name: path, type: 'file', size })
  else await addFile(archive, join(folder, path), { ...common, name: path, type: 'file', size }, signal)
}

function addEmpty(archive: Pack, header: Header): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry(header, '', (error) => {
      if (error) reject(error)
      else resolve()
    })
  })
}

/** The archive has the length before the content, so a file that changes meanwhile cannot be sent. */
async function addFile(
  archive: Pack,
  path: string,
  header: Header & { size: number },
  signal: AbortSignal,
): Promise<void> {
  let read = 0
  const source = createReadStream(path, { end: header.size - 1 })
  source.on('data', (chunk) => {
    read += chunk.length
  })
  let failure: unknown
  source.on('error', (error) => {
    failure = error
  })
  try {
    await pipeline(source, archive.entry(header), { signal })
  } catch (error) {
    if (failure !== undefined)
      throw new BerthError('build.file-unreadable', { path }, { detail: message(failure), cause: failure })
    if (source.readableEnded && read < header.size) throw new BerthError('build.file-changed', { path })
    throw error
  }
}
