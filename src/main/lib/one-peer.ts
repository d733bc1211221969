import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listen } from './net'

/** The address to which QEMU connects. It is a unix socket, or on Windows, where Node has none, a port of 127.0.0.1. */
export type PeerAddress = { path: string } | { port: number }

/** A listener that accepts exactly one connection. */
export interface OnePeer {
  address: PeerAddress
  /** Resolves with the connection. Rejects if `close` is called first. */
  peer: Promise<Socket>
  close: () => void
}

/** The longest path of a unix socket, bytes. macOS allows 103, Linux 107. */
const longestPath = 103

const peerFolderPrefix = 'berth-'
/** The names of the folders that contain the sockets of `listenForOnePeer`. */
export const peerFolderName = new RegExp(`^${peerFolderPrefix}\\w{6}$`)

/**
 * Listens until the first connection. The unix socket is in a folder that only this user can enter, and is removed
 * after the connection. A loopback port accepts the first client, which may be any program: see mounts-port.ts.
 */
export async function listenForOnePeer(platform: NodeJS.Platform = process.platform): Promise<OnePeer> {
  if (platform === 'win32') {
    const { peer, close, port } = await acceptOne({ port: 0, host: '127.0.0.1' })
    return { address: { port }, peer, close }
  }
  const folder = await mkdtemp(join(temporaryFolder(), peerFolderPrefix))
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
    // The server can fail to accept a connection, for example if there are too many open files.
    server.on('error', reject)
  })
  // A caller that closes the listener early does not wait for `peer`. Without this handler, the rejection of `peer`
  // would then be unhandled.
  peer.catch(() => undefined)
  return { port, peer, close: () => server.close() }
}
