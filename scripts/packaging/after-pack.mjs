import { chmodSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isGuestImage } from '../lib/guest-image.mjs'

/** electron-builder calls this between packing and signing. */
export default function afterPack({ appOutDir, packager }) {
  const resources = packager.getResourcesDir(appOutDir)
  requireGuestImage(resources)
  allowSpawnHelpers(join(resources, 'app.asar.unpacked/node_modules/node-pty/prebuilds'))
}

/**
 * electron-builder only warns about a missing resource. Without this resource, the app would download a guest image at
 * its first start, or would fail on Linux.
 */
function requireGuestImage(resources) {
  const folder = join(resources, 'guest')
  if (!isGuestImage(folder)) throw new Error(`The guest image was not packed: ${folder} is incomplete.`)
}

/** Makes node-pty's helper, which starts shells on macOS, executable. In the npm archive, it is not executable. */
function allowSpawnHelpers(prebuilds) {
  if (!existsSync(prebuilds)) return
  for (const target of readdirSync(prebuilds)) {
    const helper = join(prebuilds, target, 'spawn-helper')
    if (existsSync(helper)) chmodSync(helper, 0o755)
  }
}
