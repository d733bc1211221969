import type { AppInfo } from '../shared/contract'
import type { Settings } from '../shared/settings'
import type { Logger } from './host/log'
import type { BerthPaths } from './host/paths'
import type { StartThread } from './mounts/mounts-thread'

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
  startMountsThread?: StartThread
}
