import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { connectionError } from '../../engine'
import { endToEnd, isFramed, missingHost, trailers, withLength } from './headers'
import { refusal, refusalBody } from './refusal'

/**
 * The size limit of all headers, in bytes. The header X-Registry-Config contains the logins of all registries. Go has
 * the same limit.
 */
export const maxHeaderSize = 2 ** 20

export interface Forwarded {
  agent: http.Agent
  request: IncomingMessage
  response: ServerResponse
  /** Replaces the request's own body. */
  body?: Buffer | undefined
}

/**
 * Sends a client's request to the engine. Resolves with the head of the answer. If the client disconnects, Berth ends
 * the request to the engine.
 * @throws BerthError engine.unreachable, or the BerthError with which `agent` failed to connect
 */
export async function forward(forwarded: Forwarded): Promise<IncomingMessage> {
  const { request, response } = forwarded
  const repeatable = (request.method === 'GET' || request.method === 'HEAD') && !hasBody(request)
  try {
    return await send(forwarded, repeatable)
  } catch (error) {
    // The engine probably closed an idle connection just when Berth used it. Berth repeats the request: it is a GET or
    // HEAD, and does no harm even if the engine has seen it before.
    if (error instanceof StaleConnection && !response.destroyed) return await send(forwarded, false)
    throw error
  }
}

class StaleConnection extends Error {}

function send({ agent, request, response, body }: Forwarded, mayRepeat: boolean): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', url = '/' } = request
    const outgoing = http.request({
      agent,
      method,
      path: url,
      headers: [...missingHost(request), ...requestHeaders(request, body)],
      maxHeaderSize,
    })
    const leave = () => {
      if (!response.writableFinished) outgoing.destroy()
    }
    response.once('close', leave)
    outgoing.on('continue', () => {
      response.writeContinue()
    })
    outgoing.on('response', (answer) => {
      answer.once('close', () => {
        stopSending(request, outgoing)
      })
      resolve(answer)
    })
    // After the head of the answer, `reject` has no effect. Either the stream of the answer reports the same error, or
    // the engine has answered early and does not accept the rest of the request.
    outgoing.on('error', (error) => {
      response.off('close', leave)
      reject(mayRepeat && outgoing.reusedSocket ? new StaleConnection() : connectionError(error))
    })
    if (body !== undefined) outgoing.end(body)
    else if (!hasBody(request)) outgoing.end()
    else {
      request.once('end', () => {
        outgoing.addTrailers(trailers(request))
      })
      request.pipe(outgoing)
    }
  })
}

/**
 * Stops sending a request that the engine has answered early, because the engine stops reading the request. Berth reads
 * and discards the rest. Otherwise the client would continue to wait, and never read the answer.
 */
function stopSending(request: IncomingMessage, outgoing: http.ClientRequest): void {
  if (request.complete) return
  request.unpipe(outgoing)
  outgoing.destroy()
  request.resume()
}

/**
 * Streams the engine's answer to the client. If the engine's answer breaks off, the answer to the client breaks off
 * too.
 */
export function relay(answer: IncomingMessage, { request, response }: Forwarded): void {
  if (!isFramed(answer, request.method ?? 'GET')) {
    // The head does not declare the end of the body. Some clients then read the body directly from the socket. So Berth
    // adds no chunked encoding, and closes the connection after the body.
    response.useChunkedEncodingByDefault = false
    response.shouldKeepAlive = false
  }
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer, 'transfer-encoding'))
  response.flushHeaders()
  answer.once('end', () => {
    response.addTrailers(trailers(answer))
  })
  pipeline(answer, response, () => undefined)
}

/** Sends an error answer to the client. If an answer has already begun, Berth can only close the connection. */
export function refuse({ request, response }: Pick<Forwarded, 'request' | 'response'>, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const answer = refusal(error)
  const { headers, body } = refusalBody(answer)
  request.unpipe()
  request.resume()
  // A client that waits for `100 Continue` does not send its body after an error. So Berth closes the connection.
  if (request.headers.expect !== undefined) response.shouldKeepAlive = false
  response.writeHead(answer.status, headers).end(body)
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

function requestHeaders(request: IncomingMessage, body: Buffer | undefined): string[] {
  if (body !== undefined)
    return [
      ...endToEnd(request, 'content-length', 'transfer-encoding', 'expect', 'trailer'),
      'Content-Length',
      String(body.length),
    ]
  return hasBody(request) ? endToEnd(request) : withLength(endToEnd(request), request)
}
