import type { ErrorTexts } from '../../texts'
import { app } from './app'
import { backups } from './backups'
import { builds } from './builds'
import { projectFiles } from './project-files'
import { compose } from './compose'
import { docker } from './docker'
import { engine } from './engine'
import { files } from './files'
import { hints } from './hints'
import { isolation } from './isolation'
import { learn } from './learn'
import { machine } from './machine'
import { mounts } from './mounts'
import { networks } from './networks'
import { ports } from './ports'
import { registries } from './registries'
import { settings } from './settings'
import { stack } from './stack'

export const errors: ErrorTexts = {
  ...app,
  ...settings,
  ...machine,
  ...engine,
  ...networks,
  ...files,
  ...isolation,
  ...hints,
  ...registries,
  ...ports,
  ...mounts,
  ...docker,
  ...builds,
  ...projectFiles,
  ...backups,
  ...compose,
  ...stack,
  ...learn,
}
