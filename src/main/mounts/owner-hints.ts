import type { OwnerHint } from '../../shared/mounts'

/** Hints that are kept. A user who has seen that many needs no more. */
const maxHints = 50

/**
 * Files in shared folders that containers gave to another owner, as databases do. For them Berth recommends a volume.
 */
export class OwnerHints {
  #hints: readonly OwnerHint[] = []

  get list(): OwnerHint[] {
    return [...this.#hints]
  }

  /**
   * Adds a hint, and returns false when there is one for this file or for a folder above it. An image changes the
   * owner of everything in its data folder, and one hint is enough for that.
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

/** The same path, or one below it. */
function covers(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
