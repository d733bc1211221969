import type { Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, Socket, type ListenOptions, type Server } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * Resolves with the port once the server listens; with 0 for a server on a path.
 * @throws the system's error, e.g. EADDRINUSE
 */
export async function listen(server: Server, where: ListenOptions): Promise<number> {
  server.listen(where)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/**
 * Resolves with the port once the socket receives on it.
 * @throws the system's error, e.g. EADDRINUSE
 */
export async function bind(socket: UdpSocket, where: { port: number; address: string }): Promise<number> {
  socket.bind(where)
  await once(socket, 'listening')
  return socket.address().port
}

/** A TCP port of the host's loopback that is free now. Another program may take it first. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server, { port: 0, host: '127.0.0.1' })
  server.close()
  await once(server, 'close')
  return port
}

export interface JoinOptions {
  /** A failure of one side resets the other. Otherwise it closes the other side, which may look like a clean end. */
  passResets?: boolean
  /**
   * After a clean end of the stream, the client's socket closes once its last bytes are written, even if the client
   * is still sending. Otherwise the client closes it.
   */
  closeAfterEnd?: boolean
}

/**
 * Carries bytes both ways between a client's socket and a stream. Each direction ends on its own. Once one side has
 * failed or closed, so does the other.
 */
export function join(client: Socket, stream: Duplex, options: JoinOptions = {}): void {
  const { passResets = false, closeAfterEnd = false } = options
  stream.on('error', () => {
    if (passResets) client.resetAndDestroy()
  })
  client.on('error', () => {
    if (passResets && stream instanceof Socket) stream.resetAndDestroy()
  })
  stream.once('close', () => {
    if (!stream.readableEnded) client.destroy()
    else if (closeAfterEnd) client.destroySoon()
  })
  client.once('close', () => stream.destroy())
  if (client.destroyed) stream.destroy()
  client.pipe(stream)
  stream.pipe(client)
}
