import { once } from 'node:events'
import { connect } from 'node:net'
import { parentPort } from 'node:worker_threads'
import { z } from 'zod'

/** A request for a file. The download fails if the response has fewer than `bytes` bytes. */
const requestSchema = z.object({ port: z.number(), host: z.string(), file: z.string(), bytes: z.number() })
export type DownloadRequest = z.infer<typeof requestSchema>

export const downloadSchema = z.union([z.object({ seconds: z.number() }), z.object({ failure: z.string() })])
type Download = z.infer<typeof downloadSchema>

/** Fetches a file over a new connection. Rejects unless the whole file has arrived. */
async function get({ port, host, file, bytes: expected }: DownloadRequest): Promise<void> {
  const socket = connect(port, host)
  socket.write(`GET /${file} HTTP/1.0\r\n\r\n`)
  let bytes = 0
  let start = ''
  socket.on('data', (chunk: Buffer) => {
    if (bytes === 0) start = chunk.toString('latin1', 0, 15)
    bytes += chunk.length
  })
  await once(socket, 'end')
  socket.destroy()
  if (!start.includes('200 OK') || bytes < expected)
    throw new Error(`${file}: ${start}, ${String(bytes)} bytes`)
}

async function download(request: DownloadRequest): Promise<Download> {
  const start = performance.now()
  try {
    await get(request)
    return { seconds: (performance.now() - start) / 1000 }
  } catch (error) {
    return { failure: String(error) }
  }
}

/**
 * The client runs in its own thread, because Berth's work on the main thread would delay a client on the same thread.
 * In real use, the client is a separate program, too.
 */
parentPort?.on('message', (message: unknown) => {
  void download(requestSchema.parse(message)).then((result) => parentPort?.postMessage(result))
})
