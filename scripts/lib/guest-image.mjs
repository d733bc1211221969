// Where the guest image is kept and what it is called. It lies outside the repository, named by a hash of its
// recipe, so that a changed recipe is a new image and an unchanged one is never built twice.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const assets = fileURLToPath(new URL('../../vm-assets', import.meta.url))

/** The directory that holds guest images, one directory each. */
export function guestCache(env = process.env) {
  if (env.BERTH_GUEST_CACHE) return env.BERTH_GUEST_CACHE
  if (env.BERTH_HOME) return join(env.BERTH_HOME, 'guest')
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth', 'guest')
}

/** The first 12 hex digits of a hash over everything in `directory` that decides what is built. */
export function recipeHash(directory = assets) {
  const hash = createHash('sha256')
  const names = readdirSync(directory, { recursive: true }).sort()
  for (const name of names) {
    const path = join(directory, name)
    const { mode } = statSync(path)
    if (name.endsWith('.md') || statSync(path).isDirectory()) continue
    const content = readFileSync(path)
    hash.update(`${name}\0${mode & 0o111 ? 'x' : '-'}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex').slice(0, 12)
}

// As a program it prints the directory, for shell scripts.
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(guestCache())
