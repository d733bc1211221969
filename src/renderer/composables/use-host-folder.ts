import { watchDebounced } from '@vueuse/core'
import { computed, ref, shallowRef, watch } from 'vue'
import type { BerthError } from '../../shared/errors'
import type { HostEntry, HostFolder } from '../../shared/host-folders'
import { asFolder, splitTyped } from '../../shared/host-paths'
import { api, toBerthError } from '../api'

/** How long to wait after the last key before the folder is read, in milliseconds. */
const pauseMs = 120

/**
 * The folder that the picker shows. The text of its path field decides: the part up to the last separator is the
 * folder, and the rest is the beginning of a name in it.
 */
export function useHostFolder({ files }: { files: boolean }) {
  const text = ref('')
  const folder = shallowRef<HostFolder>()
  const error = shallowRef<BerthError>()
  const loading = ref(true)
  const showsHidden = ref(false)
  /** The path of the highlighted entry. Empty if none is highlighted. */
  const active = ref('')
  let newest = 0
  /** The text whose folder was read last. */
  const handled = ref('')
  let reading: Promise<boolean> = Promise.resolve(true)

  const prefix = computed(() => splitTyped(text.value).prefix)
  const activeEntry = computed(() => folder.value?.entries.find(({ path }) => path === active.value))

  /**
   * Reads the folder of the text. `highlight` is the path to highlight, if the folder has it. Resolves with false if
   * the folder cannot be read.
   */
  function read(highlight = ''): Promise<boolean> {
    reading = readText(highlight)
    return reading
  }
  async function readText(highlight: string): Promise<boolean> {
    const own = ++newest
    loading.value = true
    handled.value = text.value
    const { folder: path, prefix: start } = splitTyped(text.value)
    try {
      const found = await api.hostFolders.list({ path, prefix: start, hidden: showsHidden.value, files })
      if (own !== newest) return true
      folder.value = found
      error.value = undefined
      const { entries } = found
      const kept = entries.find((entry) => entry.path === highlight)
      active.value = (kept ?? (start === '' ? undefined : entries[0]))?.path ?? ''
      return true
    } catch (failure) {
      if (own !== newest) return true
      folder.value = undefined
      error.value = toBerthError(failure)
      active.value = ''
      return false
    } finally {
      if (own === newest) loading.value = false
    }
  }
  /** Shows a folder. `highlight` is the path of an entry in it. */
  async function open(path: string, highlight?: string): Promise<boolean> {
    text.value = path === '' ? '' : asFolder(path)
    const isRead = await read(highlight)
    if (path !== '' || folder.value === undefined) return isRead
    text.value = asFolder(folder.value.path)
    handled.value = text.value
    return isRead
  }
  /** Shows the folder that contains the present one, and highlights the present one. */
  async function openParent(): Promise<void> {
    const { parent, path } = folder.value ?? {}
    if (parent != null && path !== undefined) await open(parent, path)
  }
  /** Begins with a path that the user has typed elsewhere: a folder, a file, or a path that does not exist yet. */
  async function begin(path: string): Promise<void> {
    const isOpen = await open(path)
    if (isOpen || path === '') return
    const failure = error.value
    text.value = path
    if (await read()) return
    // Even the folder of that path cannot be listed, so the picker says why and shows the home folder.
    if (await open('')) error.value = failure
  }

  watchDebounced(
    text,
    (typed) => {
      if (typed !== handled.value) void read(active.value)
    },
    { debounce: pauseMs },
  )
  watch(showsHidden, () => void read(active.value))

  /** True if the entries are those of the text. */
  const settled = computed(() => !loading.value && text.value === handled.value)
  /** Resolves when the entries are those of the text. */
  async function settle(): Promise<void> {
    if (text.value === handled.value) await reading
    else await read(active.value)
  }

  const index = computed(() => folder.value?.entries.findIndex(({ path }) => path === active.value) ?? -1)
  /** Moves the highlight by `step` entries, or to an end with an infinite step. */
  function move(step: number): void {
    const entries = folder.value?.entries ?? []
    const start = index.value === -1 && step < 0 ? entries.length : index.value
    const next = Math.min(entries.length - 1, Math.max(0, start + step))
    active.value = entries[next]?.path ?? ''
  }
  /** Highlights the next entry whose name begins with the letters. */
  function find(letters: string): HostEntry | undefined {
    const entries = folder.value?.entries ?? []
    const from = letters.length === 1 ? index.value + 1 : Math.max(0, index.value)
    const wanted = letters.toLowerCase()
    const inOrder = [...entries.slice(from), ...entries.slice(0, from)]
    const found = inOrder.find(({ name }) => name.toLowerCase().startsWith(wanted))
    if (found !== undefined) active.value = found.path
    return found
  }

  return {
    text,
    prefix,
    folder,
    error,
    loading,
    showsHidden,
    active,
    activeEntry,
    settled,
    settle,
    read,
    open,
    openParent,
    begin,
    move,
    find,
  }
}
