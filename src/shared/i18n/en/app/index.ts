import { backups } from './backups'
import { builds } from './builds'
import { bulk } from './bulk'
import { commands } from './commands'
import { common } from './common'
import { projectFiles } from './project-files'
import { compose } from './compose'
import { containers, status } from './containers'
import { diagnostics } from './diagnostics'
import { disk } from './disk'
import { dockerCommand } from './docker-command'
import { events } from './events'
import { files } from './files'
import { folders } from './folders'
import { home } from './home'
import { images } from './images'
import { inspect } from './inspect'
import { logs } from './logs'
import { machine } from './machine'
import { networks } from './networks'
import { picker } from './picker'
import { ports } from './ports'
import { repair } from './repair'
import { run } from './run'
import { settings } from './settings'
import { processes, stats, summary } from './stats'
import { tasks } from './tasks'
import { terminal } from './terminal'
import { volumes } from './volumes'

export const app = {
  ...common,
  commands,
  home,
  machine,
  containers,
  bulk,
  status,
  run,
  logs,
  inspect,
  images,
  builds,
  compose,
  volumes,
  backups,
  networks,
  picker,
  ports,
  disk,
  dockerCommand,
  events,
  files,
  projectFiles,
  folders,
  diagnostics,
  repair,
  settings,
  stats,
  summary,
  processes,
  terminal,
  tasks,
}
