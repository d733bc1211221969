import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'

/**
 * The options of log views. The browser's storage keeps `timestamps` and `wrap`. `cleared` is kept until the page
 * closes.
 */
export const useLogViews = defineStore('logViews', () => {
  const timestamps = useStorage('berth.logs.timestamps', false)
  const wrap = useStorage('berth.logs.wrap', true)
  /** Maps a container's id to the position in its log up to which the user has cleared the view. */
  const cleared = new Map<string, string>()

  return { timestamps, wrap, cleared }
})
