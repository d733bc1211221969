import { createHash } from 'node:crypto'
import { BerthError } from '../../shared/errors'
import { berthFile, type BerthPaths } from '../host'

/** Bytes of `sun_path` without its closing zero: the least of the systems Berth runs on is macOS (unix(4)). */
export const socketPathBytes = 103

/** Where the host's own docker tools find the machine's engine: a unix socket, on Windows a named pipe. */
export function dockerSocketPath(
  paths: Pick<BerthPaths, 'home' | 'socket'>,
  platform: NodeJS.Platform,
): string {
  if (platform !== 'win32') return berthFile(paths, 'dockerSocket')
  // Pipes have one name space for the whole computer: the home folder tells two Berths apart.
  return `\\\\.\\pipe\\berth-docker-${createHash('sha256').update(paths.home).digest('hex').slice(0, 12)}`
}

/** The socket as the docker CLI wants it in DOCKER_HOST. */
export function dockerHost(path: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `npipe://${path.replaceAll('\\', '/')}` : `unix://${path}`
}

/** Refuses a path that a socket's address cannot hold: what is too long would be cut off. @throws docker.socket-path */
export function checkSocketPath(path: string, platform: NodeJS.Platform): void {
  const bytes = Buffer.byteLength(path)
  if (platform !== 'win32' && bytes > socketPathBytes)
    throw new BerthError('docker.socket-path', { path, bytes, limit: socketPathBytes })
}
