import type { OwnerHint } from '../../shared/mounts'

/** How many hints are kept. A user who has seen this many hints needs no more. */
const maxHints = 50

/**
 * Files in shared folders whose owner was changed by a container, as databases do. Berth recommends a volume for such
 * files.
 */
export class OwnerHints {
  #hints: readonly OwnerHint[] = []

  get list(): OwnerHint[] {
    return [...this.#hints]
  }

  /**
   * Adds a hint. Returns false if there already is a hint for this file or for a folder above it. A container may
   * change the owner of everything in its data folder, and one hint is enough for the folder.
   */
  add(path: string, guestPath: string): boolean {
    if (this.#hints.some((hint) => covers(hint.guestPath, guestPath))) return false
    this.#hints = [...this.#hints, { path, guestPath, at: Date.now() }].slice(-maxHints)
    return true
  }

  clear(): void {
    this.#hints = []
  }
}

/** True if `path` is `folder`, or is below it. */
function covers(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
