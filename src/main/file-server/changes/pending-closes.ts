import type { Node } from '../tree/node'

/** If a file has not changed for this many milliseconds, Berth assumes that its writer has closed it. */
const quietMs = 100

export interface FilePlace {
  readonly folder: Node
  readonly name: string
}

/**
 * Files that the host has created or changed recently. Node's file watcher does not report that a writer has closed a
 * file. But some programs in the machine wait for the close event before they use a file. This class therefore reports
 * a file as closed when the file has not changed for `quietMs`.
 */
export class PendingCloses {
  readonly #onClosed: (places: FilePlace[]) => void
  /** The files that this class waits for, sorted by the time at which each file counts as closed. */
  readonly #due = new Map<string, FilePlace & { at: number }>()
  #timer: NodeJS.Timeout | undefined

  constructor(onClosed: (places: FilePlace[]) => void) {
    this.#onClosed = onClosed
  }

  /** Call this method when a file was changed. The wait for this file starts again. */
  await(folder: Node, name: string): void {
    this.remove(folder, name)
    this.#due.set(key(folder, name), { folder, name, at: performance.now() + quietMs })
    this.#timer ??= setTimeout(() => {
      this.#check()
    }, quietMs).unref()
  }

  /** Stops waiting for the file of this name. Returns whether this class was waiting for the file. */
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
