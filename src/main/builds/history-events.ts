import http from 'node:http'
import http2 from 'node:http2'
import type { Duplex } from 'node:stream'
import { engineSocketPath, StreamAgent, toError } from '../engine'
import type { SshLink } from '../ssh'

/** A gRPC message: no compression, its length, and a `BuildHistoryRequest` with `ActiveOnly`. */
const activeOnly = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01])

/**
 * Calls `onEvent` whenever a build begins or ends, also a build of another program. BuildKit reports this over gRPC
 * (`moby.buildkit.v1.Control`), which dockerd offers at `/grpc`. Resolves when the stream has ended.
 * @throws BerthError machine.connection-lost, machine.not-running; the error of the stream
 */
export async function followHistory(
  link: Pick<SshLink, 'openUnixSocket'>,
  onEvent: () => void,
  signal: AbortSignal,
): Promise<void> {
  const stream = await openGrpc(link, signal)
  const session = http2.connect('http://docker', { createConnection: () => stream })
  try {
    await new Promise<void>((resolve, reject) => {
      const call = session.request({
        ':method': 'POST',
        ':path': '/moby.buildkit.v1.Control/ListenBuildHistory',
        'content-type': 'application/grpc',
        te: 'trailers',
      })
      const close = (): void => {
        call.close()
      }
      signal.addEventListener('abort', close, { once: true })
      session.on('error', reject)
      call.on('error', reject)
      // What has happened is in the history, so the content of the event is not needed.
      call.on('data', onEvent)
      call.on('close', resolve)
      call.end(activeOnly)
    })
  } finally {
    session.destroy()
    stream.destroy()
  }
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
