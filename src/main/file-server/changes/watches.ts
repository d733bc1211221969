import { watch, type FSWatcher } from 'node:fs'
import type { Attributes } from '../protocol/fuse'
import type { HostFiles } from '../tree/host-files'
import { systemErrorCode } from '../../lib'
import { errno, errnoOf } from '../protocol/linux'
import { sameContent, stateOf, type FileState, type Node } from '../tree/nodes'

/** The system's own limits are higher; each costs memory of its kernel. */
const mostWatches = 16_384
/** Files of a fuller folder are not looked at until somebody wants them: a move of one is told as two changes. */
const mostLooks = 2_000
/** Names that the guest may remember as missing, in all folders together. */
export const mostMissing = 200_000
/** So many events at once may have made the system's queue overflow, which nobody is told. */
const overflowEvents = 8_192

/** What is known of a name in a watched folder: as little as that it is a folder, or nothing but that it is there. */
export type Known = FileState | 'folder' | 'file'

export interface NameChange {
  folder: Node
  name: string
  before: Known | undefined
  now: Attributes | undefined
  /** It was made, removed or renamed: a folder may be another one, though all that can be compared is the same. */
  renamed: boolean
}

interface Watch {
  readonly node: Node
  readonly close: () => void
  readonly entries: Map<string, Known>
  /** Names by which something was found that is spelled otherwise: news would never be of them. */
  readonly aliases: Set<string>
  /** Names that the guest was told are missing, and remembers. */
  readonly missing: Set<string>
  /** Names to look at, true when such a name came or went. */
  readonly dirty: Map<string, boolean>
}

/**
 * Which folders the host watches, and what the guest was told of what is in them. Only what is watched may be
 * remembered by the guest's kernel. What the guest has changed itself is known already, and is no change.
 */
export class FolderWatches {
  readonly #watches = new Map<Node, Watch>()
  #scheduled = false
  #events = 0
  #full = false
  #missing = 0

  constructor(
    private readonly files: HostFiles,
    private readonly options: {
      /** All changes that were noticed at once. */
      onChanges: (changes: NameChange[]) => void
      /** A folder is another one now, or nobody tells of it any more: what was told of what is in it may be wrong. */
      onGone: (folder: Node) => void
      /** What changed could not be found out: nothing that the guest remembers may be believed. */
      onLost: () => void
    },
  ) {}

  get count(): number {
    return this.#watches.size
  }

  isWatched(folder: Node): boolean {
    return this.#watches.has(folder)
  }

  /** Begins to watch a folder, if it can be. */
  watch(folder: Node): boolean {
    if (this.#watches.has(folder)) return true
    if (this.#full || this.#watches.size >= mostWatches) return false
    try {
      this.files.scope(() => {
        this.#begin(folder)
      })
      return true
    } catch (error) {
      // The system's limit is reached: what is not watched is not remembered, which is slower and as right.
      this.unwatch(folder)
      this.#full = ['ENOSPC', 'EMFILE'].includes(systemErrorCode(error) ?? '')
      return false
    }
  }

  #begin(folder: Node): void {
    const path = this.files.folder(folder)
    const watcher = this.#open(path, folder)
    const entries = new Map<string, Known>()
    this.#watches.set(folder, {
      node: folder,
      close: () => {
        watcher.close()
      },
      entries,
      aliases: new Set(),
      missing: new Set(),
      dirty: new Map(),
    })
    const names = this.files.names(path)
    for (const { name, type } of names) {
      // What moves is recognised by its inode.
      const file =
        names.length <= mostLooks ? this.files.find(path + this.files.style.separator + name) : undefined
      entries.set(name, file ? stateOf(file) : type === 4 ? 'folder' : 'file')
    }
  }

  unwatch(folder: Node): void {
    const watch = this.#watches.get(folder)
    if (!watch) return
    watch.close()
    this.#missing -= watch.missing.size
    this.#watches.delete(folder)
    this.#full = false
  }

  /** Names that the guest remembers as missing. */
  missingNames(folder: Node): Iterable<string> {
    return this.#watches.get(folder)?.missing ?? []
  }

  #isThere(watch: Watch, name: string, file: Attributes): void {
    watch.entries.set(name, stateOf(file))
    if (watch.missing.delete(name)) this.#missing--
  }

  close(): void {
    for (const folder of [...this.#watches.keys()]) this.unwatch(folder)
  }

  /** Takes back what was noticed of a name, to notice it once more later. */
  lookAgain({ folder, name, before, renamed }: NameChange): void {
    const watch = this.#watches.get(folder)
    if (!watch) return
    if (before) watch.entries.set(name, before)
    watch.dirty.set(name, renamed)
  }

  /** Looks at what has been marked, if anything has. */
  lookAtAll(): void {
    for (const { dirty } of this.#watches.values()) if (dirty.size > 0) this.#schedule()
  }

  /** The guest was told of a name. */
  learn(folder: Node, name: string, file: Attributes): void {
    const watch = this.#watches.get(folder)
    if (watch && !watch.aliases.has(name)) this.#isThere(watch, name, file)
  }

  /** What is there by this name may be spelled otherwise, where capitals and small letters are one. */
  checkSpelling(folder: Node, name: string): void {
    const { foldsNames } = this.files.style
    const watch = this.#watches.get(folder)
    if (!foldsNames || !watch || watch.entries.has(name) || watch.aliases.has(name)) return
    if (!this.files.names(this.files.folder(folder)).some((entry) => entry.name === name))
      watch.aliases.add(name)
  }

  learnNode(node: Node, file: Attributes): void {
    if (node.parent) this.learn(node.parent, node.name, file)
    for (const { parent, name } of node.otherNames) this.learn(parent, name, file)
  }

  /** The guest has removed a name. */
  forgetName(folder: Node, name: string): void {
    this.#watches.get(folder)?.entries.delete(name)
  }

  /** Whether a change of what this name means would be noticed. */
  hasNewsOf(folder: Node, name: string): boolean {
    return this.#watches.get(folder)?.aliases.has(name) === false
  }

  /** Notes that the guest remembers a name as missing; false when it remembers too many. */
  rememberMissing(folder: Node, name: string): boolean {
    const watch = this.#watches.get(folder)
    if (!watch) return false
    if (watch.missing.has(name)) return true
    if (this.#missing >= mostMissing) return false
    this.#missing++
    watch.missing.add(name)
    return true
  }

  /** What the host has done to a file since the guest was told must not be taken for the guest's own writing. */
  beforeWrite(node: Node, fd: number): void {
    if (!node.told) return
    const file = this.files.ofHandle(fd)
    if (!sameContent(node.told, file)) this.#reportContent(node, file)
  }

  afterWrite(node: Node, fd: number): void {
    const file = this.files.ofHandle(fd)
    node.told = stateOf(file)
    this.learnNode(node, file)
  }

  #reportContent(node: Node, now: Attributes): void {
    if (node.parent)
      this.options.onChanges([
        { folder: node.parent, name: node.name, before: node.told, now, renamed: false },
      ])
  }

  /** Compares everything that is watched with what the guest was told. */
  checkAll(): void {
    for (const watch of this.#watches.values()) this.#markAll(watch)
    this.#schedule()
  }

  #markAll(watch: Watch): void {
    for (const name of watch.entries.keys()) watch.dirty.set(name, false)
    try {
      const names = this.files.scope(() => this.files.names(this.files.folder(watch.node)))
      for (const { name } of names) watch.dirty.set(name, false)
    } catch {
      // The folder is gone: every name in it is.
    }
  }

  #open(path: string, folder: Node): FSWatcher {
    const { style } = this.files
    const watcher = watch(style.forHost(path), { encoding: 'buffer', persistent: false })
    watcher.on('change', (type: string, given: Buffer | string | null) => {
      const watch = this.#watches.get(folder)
      if (!watch) return
      if (given === null) this.#markAll(watch)
      else if (isItself(given)) {
        // Of any other folder the one that holds it tells more.
        if (type === 'rename' && !folder.parent) this.options.onGone(folder)
      } else {
        const name = typeof given === 'string' ? style.fromText(given) : style.decode(given)
        watch.aliases.delete(name)
        watch.dirty.set(name, type === 'rename' || watch.dirty.get(name) === true)
      }
      this.#events++
      this.#schedule()
    })
    watcher.on('error', () => {
      this.options.onGone(folder)
    })
    return watcher
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // After all events of one reading: both halves of a rename are among them.
    setImmediate(() => {
      this.#scheduled = false
      try {
        this.#collect()
      } catch {
        this.options.onLost()
      }
    })
  }

  #collect(): void {
    const overflow = this.#events > overflowEvents
    this.#events = 0
    if (overflow) for (const watch of this.#watches.values()) this.#markAll(watch)
    const changes: NameChange[] = []
    for (const watch of this.#watches.values()) {
      if (watch.dirty.size === 0) continue
      changes.push(...this.files.scope(() => this.#changesIn(watch)))
    }
    if (changes.length > 0) this.options.onChanges(changes)
  }

  /** Names that nobody may look at now stay marked for the next event: that they are gone would be a guess. */
  #changesIn(watch: Watch): NameChange[] {
    const changes: NameChange[] = []
    const { node, dirty } = watch
    try {
      const path = unlessGone(() => this.files.folder(node))
      for (const [name, renamed] of [...dirty]) {
        dirty.delete(name)
        try {
          const change = this.#compare(watch, path, name, renamed)
          if (change) changes.push(change)
        } catch {
          dirty.set(name, renamed)
        }
      }
    } catch {
      // The folder itself cannot be looked at.
    }
    return changes
  }

  #compare(watch: Watch, path: string | undefined, name: string, renamed: boolean): NameChange | undefined {
    const { node: folder, entries } = watch
    const before = entries.get(name)
    const now =
      path === undefined
        ? undefined
        : unlessGone(() => this.files.find(path + this.files.style.separator + name))
    if (now) this.#isThere(watch, name, now)
    else entries.delete(name)
    if (!before && !now) return undefined
    if (before && now && typeof before === 'object' && sameState(before, now)) return undefined
    return { folder, name, before, now, renamed }
  }
}

/** Linux tells of the folder itself by the last name of the path that is watched, here a dot. */
function isItself(name: Buffer | string): boolean {
  return name.toString() === '.'
}

/** undefined when there is nothing (any more); other errors are passed on. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    const gone: number[] = [errno.ENOENT, errno.ENOTDIR, errno.ESTALE]
    if (gone.includes(errnoOf(error))) return undefined
    throw error
  }
}

/** Reading a file changes its access time only, which nobody is told. */
function sameState(a: FileState, b: Attributes): boolean {
  return sameContent(a, b) && a.mode === b.mode && a.nlink === b.nlink && a.ctimeNs === b.ctimeNs
}
