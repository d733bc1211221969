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

/** Remembers the terminal session in the tab of each container. Also opens terminals in separate windows. */
export const useTerminals = defineStore('terminals', () => {
  const notifications = useNotifications()
  const sessions = new Map<string, string>()

  /** Returns the session in a container's tab. The session continues while the user visits other tabs and pages. */
  function sessionOf(containerId: string): string | undefined {
    return sessions.get(containerId)
  }
  function remember(containerId: string, sessionId: string | undefined): void {
    if (sessionId === undefined) sessions.delete(containerId)
    else sessions.set(containerId, sessionId)
  }
  function openWindow(target: SessionTarget): void {
    // Do not use `noopener`. With `noopener`, a browser returns no handle, so Berth could not detect a blocked pop-up.
    // Electron never blocks a shell window, so this check is only for browsers.
    const opened = window.open(windowUrl(target), '_blank', 'popup,width=860,height=560')
    if (opened === null && window.berthHost === undefined)
      notifications.failure(new BerthError('session.window-blocked'))
  }

  return { sessionOf, remember, openWindow }
})
