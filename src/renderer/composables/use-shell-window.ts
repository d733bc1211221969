import { shellRoute } from '../../shared/host'
import { BerthError } from '../../shared/errors'
import { useNotifications } from '../stores/notifications'

export type ShellTarget = { kind: 'container'; containerId: string } | { kind: 'machine' } | { kind: 'host' }

function shellUrl(target: ShellTarget): string {
  return target.kind === 'container'
    ? `${shellRoute}?container=${encodeURIComponent(target.containerId)}`
    : `${shellRoute}?target=${target.kind}`
}

/** Opens shells in windows of their own. */
export function useShellWindow() {
  const notifications = useNotifications()
  function openShell(target: ShellTarget): void {
    // No `noopener`: with it a browser gives no handle, and a blocked pop-up could not be told of. Electron
    // blocks none, and gives no handle for a window that its own side opens.
    const shell = window.open(shellUrl(target), '_blank', 'popup,width=860,height=560')
    if (shell === null && window.berthHost === undefined)
      notifications.failure(new BerthError('session.window-blocked'))
  }
  return { openShell }
}
