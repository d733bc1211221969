import { useRouter, type RouteLocationRaw } from 'vue-router'
import { useDialogs } from '../stores/dialogs'
import { useNotifications } from '../stores/notifications'

/** What commands of every kind need. */
export function useCommandTools() {
  const router = useRouter()
  const dialogs = useDialogs()
  const notifications = useNotifications()

  function open(to: RouteLocationRaw): void {
    void router.push(to)
  }
  function copy(text: string): void {
    navigator.clipboard.writeText(text).catch(notifications.failure)
  }
  /** Opens the list of a kind, if the page of the removed object is open. */
  function leave(page: string, param: string, value: string, list: string): void {
    const { name, params } = router.currentRoute.value
    if (name === page && params[param] === value) open({ name: list })
  }

  return { open, copy, leave, show: dialogs.show, failure: notifications.failure }
}
