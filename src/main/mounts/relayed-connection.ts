import { once } from 'node:events'
import { constants } from 'node:fs'
import { open, readlink, realpath } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { socketPathBytes } from '../lib'

/*
 * A container's connection to a socket of this computer. The machine's relay sends a header first. Berth reads the
 * header and connects to the socket.
 */

/** Linux's O_PATH, which node:fs does not have. */
const oPath = 0o10000000
/** The longest path in a connection's header, bytes (PATH_MAX of Linux). */
const longestPath = 4096

/**
 * Reads the header of a connection. The header contains the name of the socket to which the container has connected,
 * after the length of this name in two bytes. The name is a path in the machine. For a socket inside a mounted folder,
 * the name is the number of the socket's node in the file server.
 * @throws Error if the header is invalid
 */
export async function readName(stream: Duplex): Promise<string> {
  const size = await readBytes(stream, 2)
  const length = size.readUInt16LE()
  if (length > longestPath) throw new Error('the header of a connection is too long')
  return (await readBytes(stream, length)).toString('utf8')
}

/** @throws Error if the stream ends first */
function readBytes(stream: Duplex, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const bytes = stream.read(length) as Buffer | null
      if (bytes === null) return
      settle()
      if (bytes.length === length) resolve(bytes)
      else gone()
    }
    const gone = () => {
      settle()
      reject(new Error('a connection ended in its header'))
    }
    const settle = () => {
      stream.off('readable', look).off('end', gone).off('close', gone)
    }
    stream.on('readable', look).once('end', gone).once('close', gone)
    look()
  })
}

/**
 * Carries a container's connection to a socket of this computer. Each direction ends on its own. If one direction
 * fails, both directions end, and the container sees the failure.
 * @throws Error if a direction fails
 */
export async function carry(stream: Duplex, client: Duplex): Promise<void> {
  await Promise.all([pipeline(client, stream), pipeline(stream, client)])
}

/**
 * Connects to a socket of this computer: a unix socket, or a named pipe of Windows.
 * @throws Error if the path is too long for the address of a socket. Node.js 20 would use the first part of the path,
 * which may be another socket.
 * @throws the system's error if the socket cannot be connected to
 */
export async function connectTo(path: string): Promise<Socket> {
  if (Buffer.byteLength(path) > socketPathBytes && !path.startsWith('\\\\'))
    throw new Error(`the path of the socket is longer than ${String(socketPathBytes)} bytes`)
  const socket = connect({ path, allowHalfOpen: true })
  await once(socket, 'connect')
  return socket
}

/**
 * Connects to the socket that a bind mount has named, and to no other socket. In a shared folder, a container can
 * replace the socket by a symbolic link to any socket of this computer. A container can also replace a folder in the
 * socket's path.
 * @throws Error if there is a symbolic link in the path; the system's error if the socket cannot be connected to
 */
export async function connectWithoutLinks(path: string, platform: NodeJS.Platform): Promise<Socket> {
  if (platform !== 'linux') {
    await refuseLinks(path)
    const socket = await connectTo(path)
    await refuseLinks(path).catch((error: unknown) => {
      socket.destroy()
      throw error
    })
    return socket
  }
  // The file descriptor stays the same socket, even if another file replaces the socket at its path.
  const file = await open(path, oPath | constants.O_NOFOLLOW)
  try {
    const descriptor = `/proc/self/fd/${String(file.fd)}`
    if ((await readlink(descriptor)) !== path) throw linkError(path)
    return await connectTo(descriptor)
  } finally {
    await file.close()
  }
}

/** @throws Error if there is a symbolic link in the path */
async function refuseLinks(path: string): Promise<void> {
  if ((await realpath(path)) !== path) throw linkError(path)
}

function linkError(path: string): Error {
  return new Error(`a symbolic link has taken the place of ${path}`)
}
