/**
 * Finds and names the folders of guest images. If a shell script runs this file, it prints the folder of the cache.
 *
 * A guest image is outside the repository. Its folder is named after a hash of its recipe (vm-assets/). So a changed
 * recipe makes a new image, and the same recipe is never built twice.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fail } from './step.mjs'

export const assets = fileURLToPath(new URL('../../vm-assets', import.meta.url))

/** The values on which the app and the guest must agree. */
export const guestConstants = JSON.parse(readFileSync(join(assets, 'guest-constants.json'), 'utf8'))

/** Maps Node's name of an architecture to the guest's name of it. */
export const guestArch = { x64: 'x86_64', arm64: 'arm64' }

/** The architecture of this computer. */
export const hostArch = guestArch[process.arch] ?? 'x86_64'

/** The architecture that `--arch` names. Without `--arch`, this computer's architecture. */
export function wantedArch() {
  const { arch = hostArch } = parseArgs({ options: { arch: { type: 'string' } }, strict: false }).values
  if (!Object.values(guestArch).includes(arch)) fail(`Unknown architecture "${arch}": use x86_64 or arm64.`)
  return arch
}

/**
 * Returns the folder that contains the folders of all guest images. src/main/host/berth-files.ts has the same rule for
 * Linux.
 */
export function guestCache(env = process.env) {
  if (env.BERTH_GUEST_CACHE) return env.BERTH_GUEST_CACHE
  if (env.BERTH_HOME) return join(env.BERTH_HOME, 'guest')
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth', 'guest')
}

/** Returns the folder of the guest image that is built from the current recipe. */
export function imageFolder(arch) {
  return join(guestCache(), `${arch}-${recipeHash()}`)
}

/** The build writes the manifest last. So if a guest image's folder has a manifest, the image is complete. */
export function manifestFile(folder) {
  return join(folder, guestConstants.imageFile.manifest)
}

export function isGuestImage(folder) {
  return existsSync(manifestFile(folder))
}

/** Returns the first 12 hex digits of a hash over all files in `directory` from which the guest image is built. */
export function recipeHash(directory = assets) {
  const hash = createHash('sha256')
  for (const name of readdirSync(directory, { recursive: true }).sort()) {
    const path = join(directory, name)
    const stat = statSync(path)
    if (name.endsWith('.md') || stat.isDirectory()) continue
    const content = readFileSync(path)
    hash.update(`${name}\0${stat.mode & 0o111 ? 'x' : '-'}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex').slice(0, 12)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${guestCache()}\n`)
