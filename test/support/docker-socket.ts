import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import pino from 'pino'
import { DockerSocket, type DockerSocketOptions } from '../../src/main/docker-socket/docker-socket'

/** Listens on a docker socket in its own folder, and passes requests on to `openEngine`. */
export async function listeningSocket(
  options: Pick<DockerSocketOptions, 'openEngine'> & Partial<DockerSocketOptions>,
): Promise<{ socket: DockerSocket; path: string; close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-socket-'))
  const path = join(folder, 'docker.sock')
  const socket = new DockerSocket({ path, platform: 'linux', log: pino({ level: 'silent' }), ...options })
  await socket.listen()
  return {
    socket,
    path,
    close: async () => {
      await socket.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Opens a connection whose two directions end separately. */
export async function connected(path: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true })
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Reads until the text contains `wanted`, and returns the text. Rejects if the connection ends first. */
export function readUntil(socket: Socket, wanted: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const look = (piece: Buffer) => {
      text += piece.toString('latin1')
      if (!text.includes(wanted)) return
      settle()
      resolve(text)
    }
    const gone = () => {
      settle()
      reject(new Error(`the connection ended after ${JSON.stringify(text)}`))
    }
    const settle = () => {
      socket.pause()
      socket.off('data', look).off('end', gone).off('close', gone)
    }
    socket.on('data', look).once('end', gone).once('close', gone)
    socket.resume()
  })
}
