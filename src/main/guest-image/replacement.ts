import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { berthFile, type BerthPaths } from '../host'
import { ensurePrivateFolder, readText, writePrivateFile } from '../lib'
import type { GuestArch } from '../qemu'
import { readHistory, writeHistory } from './history'
import { readManifest } from './manifest'

/**
 * Makes the next start download the guest image again and remove the damaged one in `folder`.
 * @throws BerthError host.no-space, host.folder-unwritable
 */
export async function requestReplacement(paths: BerthPaths, folder: string): Promise<void> {
  await ensurePrivateFolder(paths.machine)
  await writePrivateFile(berthFile(paths, 'imageWanted'), folder)
}

/**
 * If `requestReplacement` was called, downloads the image and then removes the damaged one. Each request is tried only
 * once: if the download fails, the damaged image stays.
 * @throws as `download`, {@link readManifest} and {@link writeHistory}
 */
export async function replaceDamagedImage(
  paths: BerthPaths,
  arch: GuestArch,
  download: () => Promise<string>,
): Promise<void> {
  const request = berthFile(paths, 'imageWanted')
  const damaged = await readText(request)
  if (damaged === undefined) return
  await rm(request, { force: true })
  const folder = await download()
  const { recipe } = await readManifest(folder, arch)
  const history = await readHistory(paths)
  // The user may have gone back from this image. Either the damage was the reason, or the user now wants the image
  // again.
  if (history.rolledBackFrom === recipe) await writeHistory(paths, { ...history, rolledBackFrom: undefined })
  if (damaged !== folder && dirname(damaged) === paths.guestCache)
    await rm(damaged, { recursive: true, force: true })
}
