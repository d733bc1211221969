import type { app as en } from '../../en/app'
import { common } from './common'
import { containers, status } from './containers'
import { diagnostics } from './diagnostics'
import { disk } from './disk'
import { folders } from './folders'
import { images } from './images'
import { inspect } from './inspect'
import { logs } from './logs'
import { machine } from './machine'
import { ports } from './ports'
import { repair } from './repair'
import { run } from './run'
import { settings } from './settings'
import { terminal } from './terminal'
import { volumes } from './volumes'

export const app: typeof en = {
  ...common,
  machine,
  containers,
  status,
  run,
  logs,
  inspect,
  images,
  volumes,
  ports,
  disk,
  folders,
  diagnostics,
  repair,
  settings,
  terminal,
}
