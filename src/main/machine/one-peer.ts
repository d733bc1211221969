import { createServer, type Socket } from 'node:net'

/** A loopback port that lets exactly one peer in. */
export interface OnePeer {
  port: number
  /** The peer; rejects when `close` comes first. */
  peer: Promise<Socket>
  close(): void
}

/** Listens on a free loopback port and stops listening with the first connection. */
export function listenForOnePeer(): Promise<OnePeer> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.maxConnections = 1
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') {
        reject(new Error('no port to listen on'))
        return
      }
      const peer = new Promise<Socket>((connected, failed) => {
        server.once('connection', (socket) => {
          server.close()
          connected(socket)
        })
        server.once('close', () => {
          failed(new Error('nobody connected'))
        })
      })
      // Whoever gives up waiting closes the port without looking at the outcome.
      peer.catch(() => undefined)
      resolve({ port: address.port, peer, close: () => server.close() })
    })
  })
}
