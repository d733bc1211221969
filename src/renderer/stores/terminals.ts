import { useSessionStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { BerthError } from '../../shared/errors'
import { shellRoute } from '../../shared/electron-bridge'
import type { SessionInfo, SessionTarget } from '../../shared/sessions'
import { api, connection, useWatch } from '../api'
import { shellQuery } from '../lib/shell-target'
import { useNotifications } from './notifications'

/**
 * The shells of all windows. The store keeps the shells of this window open while the user visits other pages, and
 * after the window has reloaded or reconnected. Also opens shells in separate windows.
 */
export const useTerminals = defineStore('terminals', () => {
  const notifications = useNotifications()
  /** All terminal sessions, oldest first. Undefined until the services have sent the list. */
  const shells = shallowRef<SessionInfo[]>()
  /** The last title that each shell has set. */
  const titles = new Map<string, string>()
  /** The shell that this window has shown last for each container. */
  const shown = useSessionStorage<Record<string, string>>('berth.shown-shells', {})
  /** The shells that this window has shown. The browser copies this list to windows that this window opens. */
  const own = useSessionStorage<string[]>('berth.own-shells', [])
  const isShellWindow = location.pathname.startsWith(shellRoute)
  let keepsOwn = true

  connection.onChange((status) => {
    if (status !== 'open') keepsOwn = true
  })
  useWatch(
    (signal) => api.sessions.watch(undefined, { signal }),
    (sessions) => {
      shells.value = sessions.filter(({ kind }) => kind === 'terminal')
      if (keepsOwn && !isShellWindow) keepOwn(shells.value)
      keepsOwn = false
    },
  )

  /** Makes the new connection an owner of this window's shells. Otherwise they would end soon. */
  function keepOwn(sessions: SessionInfo[]): void {
    own.value = own.value.filter((id) => sessions.some((session) => session.id === id))
    // A shell that has just ended needs no owner.
    for (const sessionId of own.value) api.sessions.keep({ sessionId }).catch(() => undefined)
  }

  /** The shells of a container, in this window or in another, oldest first. */
  function shellsOf(containerId: string): SessionInfo[] {
    return (shells.value ?? []).filter(
      ({ target }) => target?.kind === 'container' && target.containerId === containerId,
    )
  }
  function remember(containerId: string, sessionId: string): void {
    shown.value = { ...shown.value, [containerId]: sessionId }
    if (!own.value.includes(sessionId)) own.value = [...own.value, sessionId]
  }
  function shownOf(containerId: string): string | undefined {
    return Object.hasOwn(shown.value, containerId) ? shown.value[containerId] : undefined
  }
  function openWindow(target: SessionTarget, sessionId?: string): void {
    // Do not use `noopener`. With `noopener`, a browser returns no handle, so Berth could not detect a blocked pop-up.
    // Electron never blocks a shell window, so this check is only for browsers.
    const url = `${shellRoute}?${shellQuery(target, sessionId)}`
    const opened = window.open(url, '_blank', 'popup,width=1120,height=600')
    if (opened === null && window.berthHost === undefined)
      notifications.failure(new BerthError('session.window-blocked'))
  }

  return { shells, titles, shellsOf, shownOf, remember, openWindow }
})
