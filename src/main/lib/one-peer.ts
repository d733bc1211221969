import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where QEMU is to connect to: a unix socket, or a port of 127.0.0.1 where Node has none (Windows). */
export type PeerAddress = { path: string } | { port: number }

/** A place that lets exactly one peer in. */
export interface OnePeer {
  address: PeerAddress
  /** The peer; rejects when `close` comes first. */
  peer: Promise<Socket>
  close: () => void
}

/** macOS has room for 103 bytes of a socket's path, Linux for 107. */
const longestPath = 103

/**
 * Listens, and stops with the first connection. The unix socket lies in a folder that only this user can enter, and
 * is gone when somebody has connected. A loopback port lets in whoever is first: see mounts-port.ts.
 */
export async function listenForOnePeer(platform: NodeJS.Platform = process.platform): Promise<OnePeer> {
  if (platform === 'win32') {
    const { peer, close, port } = await listen({ port: 0, host: '127.0.0.1' })
    return { address: { port }, peer, close }
  }
  const folder = await mkdtemp(join(temporaryFolder(), 'berth-'))
  const path = join(folder, 'qemu')
  const remove = () => void rm(folder, { recursive: true, force: true }).catch(() => undefined)
  try {
    const { peer, close } = await listen({ path })
    void peer.catch(() => undefined).then(remove)
    return { address: { path }, peer, close }
  } catch (error) {
    remove()
    throw error
  }
}

function temporaryFolder(): string {
  const folder = tmpdir()
  const needed = Buffer.byteLength(join(folder, 'berth-XXXXXX', 'qemu'))
  return needed > longestPath ? '/tmp' : folder
}

type Listening = Omit<OnePeer, 'address'> & { port: number }

function listen(where: { path: string } | { port: number; host: string }): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.maxConnections = 1
    server.once('error', reject)
    server.listen(where, () => {
      const peer = new Promise<Socket>((connected, failed) => {
        server.once('connection', (socket) => {
          server.close()
          connected(socket)
        })
        server.once('close', () => {
          failed(new Error('nobody connected'))
        })
      })
      // Whoever gives up waiting closes without looking at the outcome.
      peer.catch(() => undefined)
      const address = server.address()
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0
      resolve({ port, peer, close: () => server.close() })
    })
  })
}
