import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { api } from '../api'
import { useNotifications } from './notifications'

/** The sizes of the volumes in bytes, as far as the engine has calculated them. Null for an unknown size. */
export const useVolumeSizes = defineStore('volume-sizes', () => {
  const sizes = shallowRef(new Map<string, number | null>())
  const loading = ref(false)
  const notifications = useNotifications()
  let again = false
  /** Reads the variable in a function, because TypeScript would narrow it across an `await`. */
  const isWanted = () => again

  /** Asks the engine again. The known sizes stay until the new sizes arrive. */
  async function load(): Promise<void> {
    if (loading.value) {
      again = true
      return
    }
    loading.value = true
    try {
      do {
        again = false
        sizes.value = new Map((await api.volumes.sizes()).map(({ name, bytes }) => [name, bytes]))
      } while (isWanted())
    } catch (error) {
      notifications.failure(error)
    } finally {
      loading.value = false
    }
  }

  return { sizes, loading, load }
})
