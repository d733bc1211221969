import { backups } from './backups'
import { builds } from './builds'
import { changes } from './changes'
import { compose } from './compose'
import { containerGroups } from './container-groups'
import { projectFiles } from './project-files'
import { containers } from './containers'
import { engine, ports } from './engine'
import { events } from './events'
import { files } from './files'
import { hints } from './hints'
import { hostFolders } from './host-folders'
import { imageLayers } from './image-layers'
import { images } from './images'
import { isolation } from './isolation'
import { learn } from './learn'
import { logs } from './logs'
import { app, diagnostics, disk, machine } from './machine'
import { networks } from './networks'
import { sessions, terminals } from './sessions'
import { docker, mounts, registries, settings } from './settings'
import { stack } from './stack'
import { stats } from './stats'
import { tasks } from './tasks'
import { timelines } from './timelines'
import { uploads } from './uploads'
import { volumes } from './volumes'

export { appInfoSchema, type AppInfo } from './machine'
export { terminalWriteUnits } from './sessions'

/** Every procedure that a window can call in the main process, by area. */
export const contract = {
  app,
  machine,
  settings,
  docker,
  mounts,
  hostFolders,
  registries,
  engine,
  events,
  containers,
  stack,
  stats,
  isolation,
  hints,
  changes,
  containerGroups,
  images,
  learn,
  imageLayers,
  logs,
  builds,
  projectFiles,
  compose,
  volumes,
  backups,
  networks,
  files,
  ports,
  disk,
  diagnostics,
  terminals,
  sessions,
  uploads,
  tasks,
  timelines,
}
export type Contract = typeof contract
