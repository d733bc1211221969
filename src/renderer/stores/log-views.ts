import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { ref } from 'vue'

/** What the user looks for in a log view. */
export interface LogViewSearch {
  text: string
  /** Whether the view shows only the lines that match. */
  onlyMatches: boolean
}

/**
 * The options of log views. The browser's storage keeps everything but `cleared` and the searches, which are
 * kept until the page closes.
 */
export const useLogViews = defineStore('logViews', () => {
  const timestamps = useStorage('berth.logs.timestamps', false)
  const wrap = useStorage('berth.logs.wrap', true)
  const fold = useStorage('berth.logs.fold', true)
  /** What the page of all logs shows: the names of containers and of Compose projects. */
  const selection = useStorage<{ containers: string[]; projects: string[] }>('berth.logs.selection', {
    containers: [],
    projects: [],
  })
  /** Maps a container's id to the position in its log up to which the user has cleared the view. */
  const cleared = new Map<string, string>()
  const searches = ref(new Map<string, LogViewSearch>())
  /** The search of a view. `key` is the container's name, or empty for the page of all logs. */
  function search(key: string): LogViewSearch {
    const blank = { text: '', onlyMatches: false }
    return searches.value.get(key) ?? searches.value.set(key, blank).get(key) ?? blank
  }

  return { timestamps, wrap, fold, selection, cleared, search }
})
