import { homedir } from 'node:os'
import { HostFolders } from '../../src/main/mounts/host-folders'

/** Looks at the folders of this computer, of which none is shared. */
export function newHostFolders(): HostFolders {
  return new HostFolders({
    platform: process.platform,
    homeFolder: homedir(),
    ownFolder: '/nowhere',
    sharedFolders: () => [],
  })
}
