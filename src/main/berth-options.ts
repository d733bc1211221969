import type { AppInfo } from '../shared/contract'
import type { Settings } from '../shared/settings'
import type { BerthPaths, Logger } from './host'
import type { StartThread } from './mounts'

/** What differs between the two hosts. */
export interface HostCapabilities {
  readonly kind: AppInfo['host']
  /** Berth's own version. */
  readonly version: string
  /** Ends the app, cleanly, soon. */
  quit(): void
  /** Calls back whenever the system says that it has woken from sleep, where it does. */
  onWake?(listener: () => void): void
}

export interface BerthOptions {
  paths: BerthPaths
  log: Logger
  host: HostCapabilities
  env: Readonly<Record<string, string | undefined>>
  platform: AppInfo['platform']
  /** What holds unless the user has set something else. */
  defaults?: Settings
  /** Starts the thread that serves shared folders; from beside the bundle unless told otherwise. */
  startFileServerThread?: StartThread
}
