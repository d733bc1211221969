import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { AppInfo } from '../../shared/contract'
import { api, connection, type ConnectionStatus } from '../api'

/** The state of the connection to Berth's services, and facts about the app that runs them. */
export const useConnection = defineStore('connection', () => {
  const status = ref<ConnectionStatus>(connection.status)
  const wasOpen = ref(false)
  const app = ref<AppInfo>()

  async function greet(): Promise<void> {
    try {
      app.value = await api.app.info()
    } catch {
      // The connection is lost again, which the banner shows. The next connection asks again.
    }
  }
  function follow(current: ConnectionStatus): void {
    status.value = current
    if (current !== 'open') return
    wasOpen.value = true
    void greet()
  }
  connection.onChange(follow)
  follow(connection.status)

  return { status, wasOpen, app }
})
