import { computed, onScopeDispose, ref, shallowReactive, shallowRef, watch } from 'vue'
import type { BerthError } from '../../shared/errors'
import { joinFilePath } from '../../shared/file-paths'
import type { ImageEntry } from '../../shared/image-layers'
import { api, isAborted, toBerthError } from '../api'

/** What is known of an opened folder. */
interface OpenFolder {
  entries: readonly ImageEntry[]
  /** How many names the folder has. Undefined until it is read. */
  count: number | undefined
  loading: boolean
}

/** A row of the tree: a name, or the place for the names of a folder that are not loaded yet. */
export type TreeRow =
  | {
      kind: 'entry'
      path: string
      level: number
      entry: ImageEntry
      open: boolean | undefined
      loading: boolean
    }
  | { kind: 'more'; path: string; level: number; left: number; loading: boolean }

/** The files of an image or of one of its layers, folder by folder. A folder is read when it is opened. */
export function useImageTree(place: () => { image: string; layer: number | null; live: boolean }) {
  const folders = shallowReactive(new Map<string, OpenFolder>())
  const error = shallowRef<BerthError>()
  /** True if a folder has more names than Berth reads. */
  const isCut = ref(false)
  let leave = new AbortController()

  async function load(path: string): Promise<void> {
    const { image, layer } = place()
    const { signal } = leave
    const known = folders.get(path) ?? { entries: [], count: undefined, loading: false }
    if (known.loading) return
    folders.set(path, { ...known, loading: true })
    try {
      const part = await api.imageLayers.folder(
        { image, layer, path, from: known.entries.length },
        { signal },
      )
      if (isAborted(signal)) return
      error.value = undefined
      if (part.more) isCut.value = true
      if (folders.has(path))
        folders.set(path, {
          entries: [...known.entries, ...part.entries],
          ...{ count: part.count, loading: false },
        })
    } catch (failure) {
      if (isAborted(signal)) return
      error.value = toBerthError(failure)
      // The user may open the folder again.
      if (known.count === undefined) folders.delete(path)
      else folders.set(path, { ...known, loading: false })
    }
  }

  function toggle(path: string): void {
    if (folders.has(path)) folders.delete(path)
    else void load(path)
  }

  watch(
    place,
    (now, before) => {
      const isSame = before?.image === now.image && before.layer === now.layer
      if (!isSame) {
        leave.abort()
        leave = new AbortController()
        folders.clear()
        error.value = undefined
        isCut.value = false
      }
      if (now.live && !folders.has('/')) void load('/')
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    leave.abort()
  })

  const rows = computed(() => {
    const found: TreeRow[] = []
    function add(path: string, level: number): void {
      const folder = folders.get(path)
      if (folder === undefined) return
      for (const entry of folder.entries) {
        const own = joinFilePath(path, entry.name)
        const inside = entry.type === 'folder' ? folders.get(own) : undefined
        const open = entry.type === 'folder' ? inside !== undefined : undefined
        found.push({ kind: 'entry', path: own, level, entry, open, loading: inside?.loading === true })
        if (inside !== undefined) add(own, level + 1)
      }
      const left = (folder.count ?? 0) - folder.entries.length
      if (left > 0) found.push({ kind: 'more', path, level, left, loading: folder.loading })
    }
    add('/', 0)
    return found
  })
  const loaded = computed(() => folders.get('/')?.count !== undefined)

  return { rows, loaded, error, isCut, load, toggle }
}
