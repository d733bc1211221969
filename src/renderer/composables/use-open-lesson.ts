import { useSessionStorage } from '@vueuse/core'

/** The lesson that this window shows, or showed before it went to another page. Empty for none. */
export function useOpenLesson() {
  return useSessionStorage('berth.learn.lesson', '')
}
