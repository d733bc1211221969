import { posix } from 'node:path'
import type { MountedFolder } from '../../shared/mounts'
import { guestPath as guestPlace, socketRelay } from '../lib'
import { hostPath, pathBelow } from './guest-path'

const socketFolder = posix.dirname(socketRelay.sshAgent)

/**
 * Returns the path on this computer for the source of a bind mount. The reverse of `bindSource`. Returns undefined for
 * a path that exists in the machine only.
 */
export function hostPlace(
  source: string,
  { folders, platform }: { folders: readonly Pick<MountedFolder, 'guestPath'>[]; platform: NodeJS.Platform },
): string | undefined {
  if (source === socketRelay.sshAgent) return undefined
  // Berth places sockets and copied files of this computer below these folders, each at its own path.
  for (const folder of [socketFolder, guestPlace.hostFiles]) {
    const below = pathBelow(source, folder, 'linux')
    if (below !== undefined && below !== '') return hostPath(`/${below}`, platform)
  }
  const isShared = folders.some((folder) => pathBelow(source, folder.guestPath, platform) !== undefined)
  return isShared ? hostPath(source, platform) : undefined
}
