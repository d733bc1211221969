import { chmodSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** electron-builder's hook between packing and signing. */
export default function afterPack({ appOutDir, packager }) {
  const resources = packager.getResourcesDir(appOutDir)
  requireGuestImage(resources)
  allowSpawnHelpers(join(resources, 'app.asar.unpacked/node_modules/node-pty/prebuilds'))
}

/** electron-builder only warns of a resource that it did not find, and an app without this one cannot start. */
function requireGuestImage(resources) {
  const manifest = join(resources, 'guest/manifest.json')
  if (!existsSync(manifest)) throw new Error(`The guest image was not packed: ${manifest} is missing.`)
}

/** The helper that starts shells on macOS is not executable in node-pty's npm archive. */
function allowSpawnHelpers(prebuilds) {
  if (!existsSync(prebuilds)) return
  for (const target of readdirSync(prebuilds)) {
    const helper = join(prebuilds, target, 'spawn-helper')
    if (existsSync(helper)) chmodSync(helper, 0o755)
  }
}
