import type { ErrorTexts } from '../../texts'
import { app } from './app'
import { docker } from './docker'
import { engine } from './engine'
import { machine } from './machine'
import { mounts } from './mounts'
import { ports } from './ports'
import { registries } from './registries'
import { settings } from './settings'

export const errors: ErrorTexts = {
  ...app,
  ...settings,
  ...machine,
  ...engine,
  ...registries,
  ...ports,
  ...mounts,
  ...docker,
}
