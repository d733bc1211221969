import type { Node } from '../tree/node'
import type { NameChange } from './folder-watches'
import type { Replay } from './inotify-replays'

/** The names that a change touches. */
type ChangedNames = Pick<NameChange, 'folder' | 'name'> & Pick<Replay, 'to'>

/**
 * Names with a change that the agent's helper has not repeated yet. The kernel must not cache a pending name, because
 * the helper's requests for the name must reach the server.
 */
export class PendingNames {
  /** For each name, the number of calls of `add` without a matching call of `remove`. */
  readonly #counts = new Map<Node, Map<string, number>>()

  /** Makes the names of a change pending, until `remove` is called with the same names. */
  add(change: ChangedNames): void {
    this.#count(change, 1)
  }

  remove(change: ChangedNames): void {
    this.#count(change, -1)
  }

  has(folder: Node, name: string): boolean {
    return (this.#counts.get(folder)?.get(name) ?? 0) > 0
  }

  #count(change: ChangedNames, by: 1 | -1): void {
    for (const { folder, name } of [change, ...(change.to ? [change.to] : [])]) {
      const names = this.#counts.get(folder) ?? new Map<string, number>()
      const count = (names.get(name) ?? 0) + by
      if (count > 0) names.set(name, count)
      else names.delete(name)
      if (names.size > 0) this.#counts.set(folder, names)
      else this.#counts.delete(folder)
    }
  }
}
