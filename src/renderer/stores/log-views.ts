import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'

/** How logs are shown. The switches are kept in the browser's storage, what was cleared as long as the page lives. */
export const useLogViews = defineStore('logViews', () => {
  const timestamps = useStorage('berth.logs.timestamps', false)
  const wrap = useStorage('berth.logs.wrap', true)
  /** By container: the position in its log up to which the user has cleared the view. */
  const cleared = new Map<string, string>()

  return { timestamps, wrap, cleared }
})
