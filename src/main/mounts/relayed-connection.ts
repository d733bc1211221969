import { once } from 'node:events'
import { constants } from 'node:fs'
import { open, readlink, realpath } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/*
 * A container's connection to a socket of this computer: what the machine's relay sends first, and how Berth connects
 * the other end.
 */

/** Linux's O_PATH, which node:fs does not have. */
const oPath = 0o10000000
/** The longest path in a connection's header, bytes (PATH_MAX of Linux). */
const longestPath = 4096

/**
 * Reads what a connection begins with: the path that the container has connected to, after its length in two bytes.
 * @throws Error if the connection does not begin so
 */
export async function readPlace(stream: Duplex): Promise<string> {
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

/** Connects to a unix socket, or a named pipe of Windows, of this computer. */
export async function connectTo(path: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true })
  await once(socket, 'connect')
  return socket
}

/**
 * Connects to the socket that a bind mount has named, and to no other one. In a shared folder, a container can replace
 * the socket, or a folder on the way to it, by a symbolic link to any socket of this computer.
 * @throws Error if there is a symbolic link in the path
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
  // The file descriptor is the socket itself, whatever happens to its path from now on.
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
