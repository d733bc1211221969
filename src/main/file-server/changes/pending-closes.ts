import type { Node } from '../tree/node'

/** A file that nothing has changed for this long is taken for closed, milliseconds. */
const quietMs = 100

export interface FilePlace {
  readonly folder: Node
  readonly name: string
}

/**
 * Files that the host has made or changed, until nothing has changed them for a moment. No system reports that a writer
 * has closed a file, and programs in the machine wait for exactly that before they use it.
 */
export class PendingCloses {
  readonly #onClosed: (places: FilePlace[]) => void
  /** When each file will have been quiet for long enough, in the order of these times. */
  readonly #due = new Map<string, FilePlace & { at: number }>()
  #timer: NodeJS.Timeout | undefined

  constructor(onClosed: (places: FilePlace[]) => void) {
    this.#onClosed = onClosed
  }

  /** The file was changed: waits from now on. */
  await(folder: Node, name: string): void {
    this.remove(folder, name)
    this.#due.set(key(folder, name), { folder, name, at: performance.now() + quietMs })
    this.#timer ??= setTimeout(() => {
      this.#check()
    }, quietMs).unref()
  }

  /** The name is gone. Returns whether its file was waited for. */
  remove(folder: Node, name: string): boolean {
    return this.#due.delete(key(folder, name))
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#due.clear()
  }

  #check(): void {
    this.#timer = undefined
    const now = performance.now()
    const closed: FilePlace[] = []
    for (const [id, { folder, name, at }] of this.#due) {
      if (at > now) {
        this.#timer = setTimeout(() => {
          this.#check()
        }, at - now).unref()
        break
      }
      this.#due.delete(id)
      closed.push({ folder, name })
    }
    if (closed.length > 0) this.#onClosed(closed)
  }
}

function key(folder: Node, name: string): string {
  return `${folder.id}/${name}`
}
