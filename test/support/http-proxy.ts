import { createServer, request, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { listen } from '../../src/main/lib'

/** An HTTP proxy on the host's loopback. It passes every request on to the server `target`, whatever the host name. */
export class HttpProxy {
  /** Every request so far, as `METHOD url`, in order. */
  readonly requests: string[] = []

  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async listen(target: { port: number }): Promise<HttpProxy> {
    const server = createServer()
    const proxy = new HttpProxy(server)
    const to = { host: '127.0.0.1', port: target.port }
    server.on('request', (incoming, response) => {
      proxy.requests.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`)
      const { pathname, search } = new URL(incoming.url ?? '')
      const { method, headers } = incoming
      const outgoing = request({ ...to, method, headers, path: pathname + search }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      outgoing.on('error', () => response.destroy())
      incoming.pipe(outgoing)
    })
    server.on('connect', (incoming, socket) => {
      proxy.requests.push(`CONNECT ${incoming.url ?? ''}`)
      const upstream = connect(to, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on('error', () => socket.destroy())
      socket.on('error', () => upstream.destroy())
    })
    await listen(server, { port: 0, host: '127.0.0.1' })
    return proxy
  }

  /** The proxy's URL, as a user would write it. */
  get address(): string {
    return `http://localhost:${String((this.#server.address() as AddressInfo).port)}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
