import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { findGuestImage } from '../../src/main/guest-image/newest-or-previous'
import { temporaryPaths } from './machine-fixture'

const inImage = 'usr/libexec/docker/cli-plugins'

/**
 * Copies buildx and compose from the guest image into a docker configuration folder. The copies also run on the host.
 * Needs the package squashfs-tools.
 */
export async function addCliPlugins(dockerConfig: string): Promise<void> {
  const guestImage = await findGuestImage(await temporaryPaths(), 'x86_64')
  if (guestImage === undefined) throw new Error('there is no guest image')
  const unpacked = await mkdtemp(join(tmpdir(), 'berth-plugins-'))
  try {
    const root = join(unpacked, 'root')
    await execa('unsquashfs', ['-q', '-n', '-d', root, join(guestImage, 'root.img'), inImage])
    const target = join(dockerConfig, 'cli-plugins')
    await mkdir(target)
    for (const name of await readdir(join(root, inImage)))
      await copyFile(join(root, inImage, name), join(target, name))
  } finally {
    await rm(unpacked, { recursive: true })
  }
}
