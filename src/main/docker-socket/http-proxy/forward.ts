import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { connectionError } from '../../engine'
import { endToEnd, isFramed, missingHost, trailers, withLength } from './headers'
import { refusal, refusalBody } from './refusal'

/** Bytes. X-Registry-Config holds the logins of all registries. Go has the same limit. */
export const maxHeaderSize = 2 ** 20

export interface Forwarded {
  agent: http.Agent
  request: IncomingMessage
  response: ServerResponse
  /** Replaces the request's own body. */
  body?: Buffer | undefined
}

/**
 * Sends a client's request to the engine. Resolves with the head of the answer. If the client leaves, the engine's
 * request ends.
 * @throws BerthError
 */
export async function forward(forwarded: Forwarded): Promise<IncomingMessage> {
  const { request, response } = forwarded
  const repeatable = (request.method === 'GET' || request.method === 'HEAD') && !hasBody(request)
  try {
    return await send(forwarded, repeatable)
  } catch (error) {
    // The engine closed an idle connection just as we used it. It has not seen the request, so we send it again.
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
    // After the answer's head, the answer's own stream reports the same error. Or the engine has answered early and
    // does not accept the rest of the request.
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

/** An engine that has answered early stops reading. We read the client's rest, or it would never read the answer. */
function stopSending(request: IncomingMessage, outgoing: http.ClientRequest): void {
  if (request.complete) return
  request.unpipe(outgoing)
  outgoing.destroy()
  request.resume()
}

/** Streams the engine's answer to the client. If the answer breaks off, so does the client's. */
export function relay(answer: IncomingMessage, { request, response }: Forwarded): void {
  if (!isFramed(answer, request.method ?? 'GET')) {
    // Some clients read the body after such a head straight from the socket.
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

/** Sends the client an error answer. An answer that has already begun can only be cut off. */
export function refuse({ request, response }: Pick<Forwarded, 'request' | 'response'>, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const answer = refusal(error)
  const { headers, body } = refusalBody(answer)
  request.unpipe()
  request.resume()
  // A client that waits for `100 Continue` does not send its body any more.
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
