import { containers } from './containers'
import { engine, ports } from './engine'
import { images } from './images'
import { app, diagnostics, disk, machine } from './machine'
import { sessions, terminals } from './sessions'
import { docker, mounts, registries, settings } from './settings'
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
  registries,
  engine,
  containers,
  images,
  volumes,
  ports,
  disk,
  diagnostics,
  terminals,
  sessions,
  uploads,
}
export type Contract = typeof contract
