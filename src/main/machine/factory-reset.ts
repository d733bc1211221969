import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../../shared/settings'
import { assertUnused, endOrphans, removeDataDisk } from '../disk'
import { berthFile, type BerthPaths, filesOfReset, type Logger } from '../host'
import { ensurePrivateFolder } from '../lib'
import { SuspendedMachine } from './suspended-machine'

export interface FactoryResetOptions {
  paths: BerthPaths
  log: Logger
  /** qemu-img's path. */
  qemuImg: () => Promise<string>
  settings: { readonly defaults: Settings; update(settings: Settings): Promise<void> }
  /** Berth's own logins to registries. */
  logins: { forget(): Promise<void> }
  /** The history of tasks and their logs. */
  tasks: { forget(): Promise<void> }
  timelines: { forget(): Promise<void> }
}

/**
 * Deletes the files that host/berth-files.ts lists for a factory reset. With them, all images, containers and volumes,
 * the suspended machine and the keys are gone. The history of tasks and the timelines are deleted, too. If `settings`
 * is true, this also resets the settings, and deletes Berth's own logins to registries. The newest guest image and the
 * logs stay. The machine must not run.
 * @throws BerthError machine.disk-locked, host.folder-unwritable, host.no-space, host.qemu-missing, machine.qemu-start;
 * as `SettingsStore.update`; the data disk still exists then
 */
export async function factoryReset(options: FactoryResetOptions, what: { settings: boolean }): Promise<void> {
  const { paths, log, qemuImg, settings, logins, tasks, timelines } = options
  const dataDisk = berthFile(paths, 'dataDisk')
  await ensurePrivateFolder(paths.machine)
  await endOrphans(paths, log)
  await assertUnused(await qemuImg(), dataDisk)
  if (what.settings) {
    await settings.update(settings.defaults)
    await logins.forget()
  }
  // The suspended machine and the data disk come first, with functions that an interruption cannot leave half done: a
  // saved memory without its record is ignored, and the data disk is removed completely or not at all.
  await new SuspendedMachine(paths.machine).discard()
  await removeDataDisk(dataDisk, log)
  await tasks.forget()
  await timelines.forget()
  for (const { folder, name } of filesOfReset(what)) await remove(paths[folder], name)
}

/** Deletes a file or a folder. A name with `*` at its end means all files that begin with that name. */
async function remove(folder: string, name: string): Promise<void> {
  const names = name.endsWith('*')
    ? (await readdir(folder)).filter((found) => found.startsWith(name.slice(0, -1)))
    : [name]
  for (const found of names) await rm(join(folder, found), { force: true, recursive: true })
}
