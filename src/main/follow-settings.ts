import type { Settings } from '../shared/settings'
import type { DockerAccess } from './docker-cli'
import { type FileWatch, type Logger, step } from './host'
import type { Logs } from './logs'
import type { IdlePause, Machine } from './machine'
import type { Mounts } from './mounts'
import type { PortForwarder } from './ports'
import { type SettingsStore, watchSettingsFile } from './settings'

export interface SettingsFollowers {
  log: Logger
  settings: SettingsStore
  ports: PortForwarder
  idlePause: IdlePause
  dockerAccess: DockerAccess
  mounts: Mounts
  logs: Logs
  machine: Pick<Machine, 'state'>
}

/**
 * Shares the folders of the settings now. Passes each later change of the settings to these services. Returns the watch
 * for changes by other programs.
 */
export function followSettings({ log, settings, ...services }: SettingsFollowers): FileWatch {
  const { ports, idlePause, dockerAccess, mounts, logs, machine } = services
  // The API refuses folders that cannot be shared. If an edited settings file names one, only the log says so.
  const share = ({ sharedFolders }: Settings) =>
    void step(log, 'shared folders', () => mounts.setFolders(sharedFolders))
  share(settings.current)
  settings.on('change', (changed) => {
    ports.lanPortsChanged()
    idlePause.settingsChanged()
    void dockerAccess.keepContext(changed.docker)
    share(changed)
    // A machine that is not running gets the limit when it runs.
    if (machine.state.phase === 'running') void logs.applyLimit()
  })
  return watchSettingsFile(settings, log)
}
