import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { mountPoint } from '../../mounts'
import { failed, ok, unanswering, type Check } from '../check'

/** Checks that the shared folders can be read, and that they are mounted at the right places in the machine. */
export const folders: Check = {
  id: 'folders',
  async run(context) {
    const { settings, link, platform } = context
    const { sharedFolders } = settings()
    if (sharedFolders.length === 0) return ok('folders.none')
    const readable = await Promise.all(
      sharedFolders.map(({ path }) =>
        access(path, constants.R_OK).then(
          () => true,
          () => false,
        ),
      ),
    )
    const unreadable = sharedFolders.filter((_, index) => readable[index] === false).map(({ path }) => path)
    if (unreadable.length > 0)
      return failed('folders.unreadable', { list: unreadable.join(', ') }, { fix: 'open-settings' })
    if (unanswering(context) === undefined) {
      const { stdout } = await link.exec('cat /proc/mounts')
      const places = sharedMounts(stdout)
      const missing = sharedFolders
        .map(({ path }) => path)
        .filter((path) => !places.has(mountPoint(path, platform)))
      if (missing.length > 0)
        return failed(
          'folders.not-mounted',
          { list: missing.join(', ') },
          { fix: 'restart-machine', detail: stdout },
        )
    }
    return ok('folders.ok', { count: sharedFolders.length })
  },
}

/** The mount points of shared folders in the guest. /proc/mounts has `\040` for a space (proc(5)). */
function sharedMounts(mounts: string): Set<string> {
  const places = mounts.split('\n').flatMap((line) => {
    const [source, place = '', type] = line.split(' ')
    return source === 'berth' && type === 'fuse' ? [place] : []
  })
  return new Set(
    places.map((place) =>
      place.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8))),
    ),
  )
}
