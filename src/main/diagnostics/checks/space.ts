import { formatBytes } from '../../../shared/bytes'
import { failed, ok, warning, type Check } from '../check'

/** The check warns if the host has less free space, bytes. */
const littleOnHost = 2 * 1024 ** 3
/** The same limit for the data disk, bytes. The guest itself reports a full disk at 64 MiB. */
const littleInGuest = 512 * 1024 ** 2
/**
 * The check also warns if fewer files than this still fit on the data disk. The disk has one inode for every 16 KiB.
 */
const fewFiles = 10_000

/** Checks that the host and the data disk have enough free space. */
export const space: Check = {
  id: 'space',
  async run({ disk, machine }) {
    const { host, guest } = await disk.space()
    const params = { host: formatBytes(host.free), guest: formatBytes(guest?.free ?? 0) }
    if (machine.state.diskFull === 'host') return failed('space.host-low', params, { fix: 'open-disk' })
    if (host.free < littleOnHost) return warning('space.host-low', params, { fix: 'open-disk' })
    if (machine.state.failure?.error.code === 'machine.data-full')
      return failed('space.guest-full', params, { fix: 'open-settings' })
    if (guest === undefined) return ok('space.host-only', params)
    if (guest.free < littleInGuest) return warning('space.guest-low', params, { fix: 'open-disk' })
    if (guest.freeFiles < fewFiles)
      return warning('space.guest-files', { files: guest.freeFiles }, { fix: 'open-disk' })
    return ok('space.ok', params)
  },
}
