import { createHash } from 'node:crypto'
import { BerthError } from '../../shared/errors'
import { berthFile, type BerthPaths } from '../host'
import { socketPathBytes } from '../lib'

/**
 * Returns the path of the socket for the docker tools of this computer. It is a unix socket, or a named pipe on
 * Windows.
 */
export function dockerSocketPath(
  paths: Pick<BerthPaths, 'home' | 'socket'>,
  platform: NodeJS.Platform,
): string {
  if (platform !== 'win32') return berthFile(paths, 'dockerSocket')
  // All pipes of a computer share one namespace. The hash of Berth's home folder keeps the names of two instances
  // apart.
  return `\\\\.\\pipe\\berth-docker-${createHash('sha256').update(paths.home).digest('hex').slice(0, 12)}`
}

/** Returns the value of DOCKER_HOST for a socket. */
export function dockerHost(path: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `npipe://${path.replaceAll('\\', '/')}` : `unix://${path}`
}

/**
 * Refuses a path that is too long for a socket's address, because the system would truncate the path.
 * @throws BerthError docker.socket-path
 */
export function checkSocketPath(path: string, platform: NodeJS.Platform): void {
  const bytes = Buffer.byteLength(path)
  if (platform !== 'win32' && bytes > socketPathBytes)
    throw new BerthError('docker.socket-path', { path, bytes, limit: socketPathBytes })
}
