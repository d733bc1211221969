import http from 'node:http'
import http2 from 'node:http2'
import type { Duplex } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { engineSocketPath, StreamAgent, toError } from '../engine'
import type { SshLink } from '../ssh'

/** A flag of compression and the length come before each message. */
const prefixBytes = 5
/** A longer message is not BuildKit's. Its own limit is 16 MiB. */
const messageBytes = 32 * 1024 * 1024

export interface GrpcCall {
  /** For example `/moby.buildkit.v1.Control/Status`. */
  method: string
  request: Buffer
  onMessage: (message: Buffer) => void
  signal: AbortSignal
}

/**
 * Calls a method of BuildKit, which dockerd offers at `/grpc`. Calls `onMessage` with each message of the answer.
 * Resolves when BuildKit has ended the answer, or the signal has aborted.
 * @throws BerthError machine.connection-lost, also if the stream ends before the answer; machine.not-running; the error
 * of the stream, of `onMessage` or of BuildKit
 */
export async function callBuildKit(
  link: Pick<SshLink, 'openUnixSocket'>,
  { method, request, onMessage, signal }: GrpcCall,
): Promise<void> {
  const stream = await openGrpc(link, signal)
  const session = http2.connect('http://docker', { createConnection: () => stream })
  try {
    await new Promise<void>((resolve, reject) => {
      const call = session.request({
        ':method': 'POST',
        ':path': method,
        'content-type': 'application/grpc',
        te: 'trailers',
      })
      const close = (): void => {
        call.close()
      }
      signal.addEventListener('abort', close, { once: true })
      session.on('error', reject)
      call.on('error', reject)
      const messages = new GrpcMessages()
      call.on('data', (chunk: Buffer) => {
        try {
          for (const message of messages.push(chunk)) onMessage(message)
        } catch (error) {
          reject(toError(error))
        }
      })
      let hasEnded = false
      // Without an answer, BuildKit sends its refusal in the headers.
      const refused = (headers: http2.IncomingHttpHeaders): void => {
        const status = headers['grpc-status']
        hasEnded ||= status !== undefined
        if (status !== undefined && status !== '0')
          reject(new Error(`BuildKit answered ${String(headers['grpc-message'])}`))
      }
      call.on('response', refused)
      call.on('trailers', refused)
      call.on('close', () => {
        signal.removeEventListener('abort', close)
        if (hasEnded || signal.aborted) resolve()
        else reject(new BerthError('machine.connection-lost'))
      })
      call.end(framed(request))
    })
  } finally {
    session.destroy()
    stream.destroy()
  }
}

/** Splits the bytes of an answer into its messages. */
export class GrpcMessages {
  #chunks: Buffer[] = []
  #bytes = 0

  /** @throws RangeError if a message is too long or compressed */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const messages: Buffer[] = []
    for (let next = this.#next(); next !== undefined; next = this.#next()) messages.push(next)
    return messages
  }

  #next(): Buffer | undefined {
    if (this.#bytes < prefixBytes) return undefined
    const prefix = this.#joined(prefixBytes)
    const length = prefix.readUInt32BE(1)
    if (prefix[0] !== 0 || length > messageBytes) throw new RangeError('not a message of BuildKit')
    const end = prefixBytes + length
    if (this.#bytes < end) return undefined
    const all = this.#joined(end)
    this.#chunks = [all.subarray(end)]
    this.#bytes = all.length - end
    return all.subarray(prefixBytes, end)
  }

  /** The first chunk, with at least so many bytes. Chunks are joined only when they are complete. */
  #joined(length: number): Buffer {
    const [first] = this.#chunks
    if (first !== undefined && first.length >= length) return first
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all]
    return all
  }
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

function openGrpc(link: Pick<SshLink, 'openUnixSocket'>, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      agent: new StreamAgent(() => link.openUnixSocket(engineSocketPath)),
      method: 'POST',
      path: '/grpc',
      signal,
      headers: { host: 'docker', connection: 'Upgrade', upgrade: 'h2c' },
    })
    request.on('upgrade', (_response, stream, head) => {
      if (head.length > 0) stream.unshift(head)
      resolve(stream)
    })
    request.on('response', (response) => {
      response.destroy()
      reject(new Error(`dockerd answered ${String(response.statusCode)}`))
    })
    request.on('error', (error) => {
      reject(toError(error))
    })
    request.end()
  })
}
