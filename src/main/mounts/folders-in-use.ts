import type { Container } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { SharedFolder } from '../../shared/settings'
import { pathBelow } from './host-path'
import { placeOf } from './shared-folders'

/**
 * Refuses to take a folder from a running container, or to change whether it can write there: its files would be gone
 * in the middle of what it does.
 * @throws BerthError mounts.folder-in-use
 */
export function refuseInUse(
  current: readonly SharedFolder[],
  wanted: readonly SharedFolder[],
  containers: Iterable<Container>,
  platform: NodeJS.Platform,
): void {
  const running = [...containers].filter(({ state }) => state === 'running' || state === 'paused')
  for (const { path, writable } of current) {
    if (wanted.some((folder) => folder.path === path && folder.writable === writable)) continue
    const place = placeOf(path, platform)
    const users = running.filter(({ mounts }) =>
      mounts.some(({ type, source }) => type === 'bind' && pathBelow(source, place, 'linux') !== undefined),
    )
    if (users.length > 0)
      throw new BerthError('mounts.folder-in-use', {
        path,
        containers: users.map(({ name }) => name).join(', '),
      })
  }
}
