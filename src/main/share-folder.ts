import { resolve } from 'node:path'
import { BerthError } from '../shared/errors'
import type { BerthPaths, Logger } from './host'
import { shellQuoted } from './lib'
import { type HostFolders, type Mounts, validateFolders } from './mounts'
import { SettingsStore } from './settings'

/** The option of Berth's own program that shares a folder. */
export const shareOption = '--share'

/**
 * Adds a shared folder to the settings file: `berth --share FOLDER`. A running Berth app notices the change and shares
 * the folder.
 * @throws BerthError mounts.not-absolute, mounts.network-path, mounts.system-folder, mounts.nested-folder,
 * mounts.too-many-folders; as `SettingsStore.open` and `update`
 */
export async function shareFolder(paths: BerthPaths, log: Logger, folder: string): Promise<void> {
  const settings = await SettingsStore.open({ folder: paths.home, log })
  const path = resolve(folder)
  const { sharedFolders } = settings.current
  if (sharedFolders.some((shared) => shared.path === path)) return
  const wanted = [...sharedFolders, { path, writable: true }]
  validateFolders(wanted, process.platform)
  await settings.update({ sharedFolders: wanted })
}

/**
 * Shares a folder with the machine, unless containers can use it already. Resolves when the machine has mounted it.
 * @throws BerthError mounts.own-folder, learn.folder-read-only; as `HostFolders.list`, `Mounts.validateFolders` and
 * `SettingsStore.update`
 */
export async function shareForContainers({
  folder,
  hostFolders,
  settings,
  mounts,
}: {
  folder: string
  hostFolders: Pick<HostFolders, 'list'>
  settings: Pick<SettingsStore, 'current' | 'update'>
  mounts: Pick<Mounts, 'validateFolders' | 'setFolders'>
}): Promise<void> {
  const { share } = await hostFolders.list({ path: folder, prefix: '', hidden: false, files: false })
  if (share === 'writable') return
  if (share === 'read-only') throw new BerthError('learn.folder-read-only', { folder })
  const wanted = [...settings.current.sharedFolders, { path: folder, writable: true }]
  await mounts.validateFolders(wanted)
  await settings.update({ sharedFolders: wanted })
  await mounts.setFolders(wanted)
}

/** The command that shares a folder, for a terminal. `program` starts this app. */
export function shareCommand(program: readonly string[], folder: string): string {
  return [...program, shareOption, folder].map(quoted).join(' ')
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word)) return word
  return process.platform === 'win32' ? `"${word}"` : shellQuoted(word)
}
