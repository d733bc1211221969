import http, { type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { BerthError } from '../../../shared/errors'
import { connectionError, toError } from '../../engine'
import { join } from '../../lib'
import { chunkedBody } from './chunked-body'
import { endToEnd, messageHead, missingHost, withLength, withoutNames } from './headers'
import { rewrittenBodyBytes } from '../interceptor'
import { refusal, refusalBody } from './refusal'
import { maxHeaderSize } from './forward'

/** The client ended its input or its connection before the request was complete. */
export class IncompleteRequest extends Error {}

/** Milliseconds between checks whether a client that has ended its input is still connected. */
const leftAfterMs = 2_000

/**
 * Whether the client only offers another protocol, as Java's and Apache's HttpClient do. The engine ignores this offer.
 * Any other upgrade (attach, exec) takes over the connection.
 */
export function isMereOffer({ headers }: IncomingMessage): boolean {
  return headers['http2-settings'] !== undefined || /^tls\//i.test(headers.upgrade ?? '')
}

/** Puts the head of the request back into the connection, without the upgrade headers. */
export function withoutOffer(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method = 'GET', url = '/' } = request
  socket.unshift(Buffer.concat([messageHead(`${method} ${url} HTTP/1.1`, endToEnd(request)), head]))
}

/**
 * Turns the client's connection into a stream to the engine, after the engine agrees. If the engine refuses, the client
 * gets the engine's answer.
 * @throws IncompleteRequest
 * @throws BerthError docker.upgrade-body, docker.body-too-large, engine.unreachable, or the BerthError with which
 * `agent` failed to connect
 */
export async function upgrade(
  agent: http.Agent,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  if (head.length > 0) socket.unshift(head)
  const body = await readUpgradeBody(request, socket)
  await new Promise<void>((resolve, reject) => {
    const { method = 'GET', url = '/' } = request
    const headers = upgradeHeaders(request, body)
    const outgoing = http.request({ agent, method, path: url, headers, maxHeaderSize })
    const leave = () => {
      outgoing.destroy()
    }
    socket.once('close', leave)
    outgoing.on('upgrade', (answer, stream, rest) => {
      socket.off('close', leave)
      socket.write(messageHead(statusLine(answer), answer.rawHeaders))
      socket.write(rest)
      // Because half-closes pass, `docker attach` can close its input and continue to read.
      join(socket, stream, { closeAfterEnd: true })
      resolve()
    })
    outgoing.on('response', (answer) => {
      const headers = [...endToEnd(answer, 'transfer-encoding'), 'Connection', 'close']
      socket.write(messageHead(statusLine(answer), headers))
      answer.on('error', () => socket.destroy())
      answer.pipe(socket)
      resolve()
    })
    outgoing.on('error', (error) => {
      reject(connectionError(error))
    })
    outgoing.end(body)
  })
}

/**
 * Closes the connection of a client that has disconnected. After a client has ended its input, Node does not notice
 * that the client disconnects. A client that was attached to a silent container would then count as active forever. So
 * Berth regularly writes zero bytes. An empty write sends nothing, but fails if the client has disconnected. Do not
 * call this on Windows: named pipes have no half-close, and an empty write ends a pipe.
 */
export function closeWhenLeft(socket: Socket): void {
  socket.once('end', () => {
    const look = () => socket.writable && socket.writableLength === 0 && socket.write('')
    const timer = setInterval(look, leftAfterMs)
    socket.once('close', () => {
      clearInterval(timer)
    })
  })
}

/** Sends an error answer on a connection that node:http no longer owns, and ends the connection. */
export function refuseUpgrade(socket: Socket, error: unknown): void {
  const answer = refusal(error)
  const { headers, body } = refusalBody(answer)
  const lines = [...Object.entries(headers).flat(), 'connection', 'close']
  const status = `HTTP/1.1 ${answer.status} ${http.STATUS_CODES[answer.status] ?? ''}`
  socket.write(messageHead(status, lines))
  socket.end(body)
}

function statusLine({ statusCode = 502, statusMessage = '' }: IncomingMessage): string {
  return `HTTP/1.1 ${statusCode} ${statusMessage}`
}

function upgradeHeaders(request: IncomingMessage, body: Buffer): string[] {
  const own = [...missingHost(request), ...request.rawHeaders]
  if (request.headers['transfer-encoding'] === undefined) return withLength(own, request)
  return [...withoutNames(own, 'transfer-encoding', 'trailer'), 'Content-Length', String(body.length)]
}

/**
 * Reads the body of an upgrade request: `exec start` has its options there. All bytes after the body belong to the
 * stream.
 */
async function readUpgradeBody({ headers }: IncomingMessage, socket: Socket): Promise<Buffer> {
  const length = Number(headers['content-length'] ?? 0)
  const encoding = headers['transfer-encoding']?.toLowerCase()
  // Testcontainers for .NET sends every body in chunks.
  if (encoding === 'chunked') return readBegin(socket, chunkedBody)
  if (encoding !== undefined) throw new BerthError('docker.upgrade-body')
  if (length > rewrittenBodyBytes) throw tooLarge()
  if (length === 0) return Buffer.alloc(0)
  return readBegin(socket, (received) =>
    received.length < length ? undefined : { body: received.subarray(0, length), length },
  )
}

function tooLarge(): BerthError {
  return new BerthError('docker.body-too-large', { limit: rewrittenBodyBytes })
}

/** Reads until `find` finds a whole body. All bytes after the body stay unread. */
function readBegin(
  socket: Socket,
  find: (received: Buffer) => { body: Buffer; length: number } | undefined,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const settle = () => {
      socket.off('readable', look).off('end', gone).off('close', gone)
    }
    const look = () => {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      received = Buffer.concat([received, chunk])
      try {
        const found = find(received)
        if (found === undefined && received.length > rewrittenBodyBytes) throw tooLarge()
        if (found === undefined) return
        settle()
        if (found.length < received.length) socket.unshift(received.subarray(found.length))
        resolve(found.body)
      } catch (error) {
        settle()
        reject(toError(error))
      }
    }
    const gone = () => {
      settle()
      reject(new IncompleteRequest())
    }
    socket.on('readable', look).once('end', gone).once('close', gone)
    look()
  })
}
