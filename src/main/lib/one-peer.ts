import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listen } from './net'

/** Where QEMU connects: a unix socket, or a port of 127.0.0.1 where Node has none (Windows). */
export type PeerAddress = { path: string } | { port: number }

/** A listener that accepts exactly one connection. */
export interface OnePeer {
  address: PeerAddress
  /** The connection; rejects when `close` is called first. */
  peer: Promise<Socket>
  close: () => void
}

/** Bytes. macOS has room for 103 in a socket's path, Linux for 107. */
const longestPath = 103

/**
 * Listens until the first connection. The unix socket is in a folder that only this user can enter, and is removed
 * after the connection. A loopback port accepts the first client, which may be any program: see mounts-port.ts.
 */
export async function listenForOnePeer(platform: NodeJS.Platform = process.platform): Promise<OnePeer> {
  if (platform === 'win32') {
    const { peer, close, port } = await acceptOne({ port: 0, host: '127.0.0.1' })
    return { address: { port }, peer, close }
  }
  const folder = await mkdtemp(join(temporaryFolder(), 'berth-'))
  const path = join(folder, 'qemu')
  const remove = () => void rm(folder, { recursive: true, force: true }).catch(() => undefined)
  try {
    const { peer, close } = await acceptOne({ path })
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

async function acceptOne(
  where: { path: string } | { port: number; host: string },
): Promise<Omit<OnePeer, 'address'> & { port: number }> {
  const server = createServer()
  server.maxConnections = 1
  const port = await listen(server, where)
  const peer = new Promise<Socket>((resolve, reject) => {
    server.once('connection', (socket) => {
      server.close()
      resolve(socket)
    })
    server.once('close', () => {
      reject(new Error('nobody connected'))
    })
    // The server failed to accept a connection, for example because there are too many open files.
    server.on('error', reject)
  })
  // A caller that gives up closes the listener and ignores the outcome.
  peer.catch(() => undefined)
  return { port, peer, close: () => server.close() }
}
