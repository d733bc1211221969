import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { AppInfo } from '../../shared/contract'
import { api, connection, type ConnectionStatus } from '../api'

/** The status of the connection to Berth's services, and information about the app that runs these services. */
export const useConnection = defineStore('connection', () => {
  const status = ref<ConnectionStatus>(connection.status)
  const wasOpen = ref(false)
  const app = ref<AppInfo>()

  async function loadAppInfo(): Promise<void> {
    try {
      app.value = await api.app.info()
    } catch {
      // Ignore the error: the connection is lost again, as the banner shows. The next connection repeats the call.
    }
  }
  function follow(current: ConnectionStatus): void {
    status.value = current
    if (current !== 'open') return
    wasOpen.value = true
    void loadAppInfo()
  }
  connection.onChange(follow)
  follow(connection.status)

  return { status, wasOpen, app }
})
