import { defineStore } from 'pinia'
import { BerthError } from '../../shared/errors'
import { shellRoute } from '../../shared/electron-bridge'
import type { SessionTarget } from '../../shared/sessions'
import { useNotifications } from './notifications'

function windowUrl(target: SessionTarget): string {
  return target.kind === 'container'
    ? `${shellRoute}?container=${encodeURIComponent(target.containerId)}`
    : `${shellRoute}?target=${target.kind}`
}

/** The terminals that outlive a page: in the tab of each container, and in windows of their own. */
export const useTerminals = defineStore('terminals', () => {
  const notifications = useNotifications()
  const sessions = new Map<string, string>()

  /** The session in a container's tab. It continues while the user visits other tabs and pages. */
  function sessionOf(containerId: string): string | undefined {
    return sessions.get(containerId)
  }
  function remember(containerId: string, sessionId: string | undefined): void {
    if (sessionId === undefined) sessions.delete(containerId)
    else sessions.set(containerId, sessionId)
  }
  function openWindow(target: SessionTarget): void {
    // Without `noopener`: with it a browser returns no handle, and a blocked pop-up would go unnoticed. Electron
    // blocks no window, and returns no handle for a window that its main process opens.
    const opened = window.open(windowUrl(target), '_blank', 'popup,width=860,height=560')
    if (opened === null && window.berthHost === undefined)
      notifications.failure(new BerthError('session.window-blocked'))
  }

  return { sessionOf, remember, openWindow }
})
