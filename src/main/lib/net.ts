import type { Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type ListenOptions, type Server } from 'node:net'

/**
 * The most bytes of a unix socket's path: the size of `sun_path` on macOS (unix(4)) without the final zero. Other
 * systems allow more.
 */
export const socketPathBytes = 103

/**
 * Resolves with the port when the server listens. For a server on a path, the port is 0.
 * @throws the system's error, e.g. EADDRINUSE
 */
export async function listen(server: Server, where: ListenOptions): Promise<number> {
  server.listen(where)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/**
 * Resolves with the port when the socket can receive.
 * @throws the system's error, e.g. EADDRINUSE
 */
export async function bind(socket: UdpSocket, where: { port: number; address: string }): Promise<number> {
  socket.bind(where)
  await once(socket, 'listening')
  return socket.address().port
}

/** A TCP port of the host's loopback address that is free now. Another program may take it before Berth does. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server, { port: 0, host: '127.0.0.1' })
  server.close()
  await once(server, 'close')
  return port
}
