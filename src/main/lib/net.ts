import { once } from 'node:events'
import { createServer, type AddressInfo, type ListenOptions, type Server } from 'node:net'

/** Resolves when the server listens. Rejects with the system's error. */
export async function listen(server: Server, where: ListenOptions): Promise<void> {
  server.listen(where)
  await once(server, 'listening')
}

/** A TCP port of the host's loopback that is free now. Another program may take it first. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await listen(server, { port: 0, host: '127.0.0.1' })
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
