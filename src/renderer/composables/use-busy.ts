import { ref } from 'vue'
import { useNotifications } from '../stores/notifications'

/** Runs actions on named things one at a time each: `busy` holds the names, failures go to the page. */
export function useBusy() {
  const busy = ref(new Set<string>())
  const notifications = useNotifications()

  async function run(name: string, action: () => Promise<void>): Promise<void> {
    if (busy.value.has(name)) return
    busy.value = new Set([...busy.value, name])
    try {
      await action()
    } catch (error) {
      notifications.failure(error)
    } finally {
      busy.value = new Set([...busy.value].filter((one) => one !== name))
    }
  }

  return { busy, run }
}
