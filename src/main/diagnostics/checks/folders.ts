import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { failed, ok, type Check } from '../check'

/** Whether what is shared with the machine can be read. */
export const folders: Check = {
  id: 'folders',
  async run({ settings }) {
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
    return ok('folders.ok', { count: sharedFolders.length })
  },
}
