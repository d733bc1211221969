import { watch, type FSWatcher } from 'node:fs'
import { systemErrorCode } from '../../lib'
import type { Attributes } from '../protocol/fuse'
import { entryType, errno, errnoOf } from '../protocol/linux'
import { isDirectory, sameContent, stateOf, type FileState } from '../tree/file-attributes'
import type { HostFiles } from '../tree/host-files'
import type { Node } from '../tree/node'
import { arrivalOf, type Arrival, type EventMark } from './arrivals'
import { EventTurns } from './event-turns'

/**
 * The most folders that Berth watches. The limits of the systems are higher, but each watch costs memory in the host's
 * kernel.
 */
const maxWatches = 16_384
/**
 * If a folder has more names than this, Berth does not read the attributes of its files until the guest asks for them.
 * Without known attributes, a rename is reported as a deletion and a creation.
 */
const maxLooks = 2_000
/** How many names the guest may have cached as missing, in all folders together. */
const maxMissing = 200_000

/** The last known state of a name in a watched folder, or only whether the name is a folder or a file. */
export type KnownState = FileState | 'folder' | 'file'

export interface NameChange {
  folder: Node
  name: string
  before: KnownState | undefined
  now: Attributes | undefined
  /**
   * True if the name was created, removed or renamed. A folder may have been replaced even if its attributes are the
   * same.
   */
  renamed: boolean
  /** How the file got the name. Set only if the name is new, or if another file has the name now. */
  arrival?: Arrival
}

/** A change that Berth has noticed, with the events that made Berth look at the name. */
interface Look {
  readonly watch: Watch
  readonly change: NameChange
  readonly mark: EventMark
}

interface Watch {
  readonly node: Node
  readonly close: () => void
  readonly entries: Map<string, KnownState>
  /**
   * Names that lead to a file although the disk has another spelling of the name. The system reports events only with
   * the spelling on the disk, so the guest may not cache these names.
   */
  readonly aliases: Set<string>
  /** Names that the guest has cached as missing. */
  readonly missing: Set<string>
  /** The names that Berth must look at, each with its events since the last look. */
  readonly marked: Map<string, EventMark>
}

export interface FolderWatchesOptions {
  files: HostFiles
  /** Called with the changes that were noticed together. */
  onChanges: (changes: NameChange[]) => void
  /**
   * Called if a folder was replaced, or can no longer be watched. The guest's caches of the folder's content may be
   * wrong.
   */
  onGone: (folder: Node) => void
  /** Called if the changes could not be determined. All caches of the guest may be wrong. */
  onLost: () => void
}

/**
 * The host's watches of folders, and the last known state of the names in these folders. The guest's kernel may only
 * cache names in watched folders. Changes that the guest itself has made are recorded, but are not reported back to the
 * guest.
 */
export class FolderWatches {
  readonly #options: FolderWatchesOptions
  readonly #watches = new Map<Node, Watch>()
  readonly #turns: EventTurns<Look[]>
  #full = false
  #missing = 0

  constructor(options: FolderWatchesOptions) {
    this.#options = options
    this.#turns = new EventTurns({
      look: (hasOverflowed) => this.#look(hasOverflowed),
      report: (looks) => {
        this.#report(looks)
      },
      onError: () => {
        options.onLost()
      },
    })
  }

  isWatched(folder: Node): boolean {
    return this.#watches.has(folder)
  }

  /** True if the folder is watched and contains no names. */
  isEmpty(folder: Node): boolean {
    return this.#watches.get(folder)?.entries.size === 0
  }

  /** Starts to watch a folder. Returns whether the folder is watched now. */
  watch(folder: Node): boolean {
    if (this.#watches.has(folder)) return true
    if (this.#full || this.#watches.size >= maxWatches) return false
    try {
      this.#options.files.scope(() => {
        this.#begin(folder)
      })
      return true
    } catch (error) {
      // The system's limit may be reached. The guest does not cache a folder without a watch: access is slower, but
      // correct.
      this.unwatch(folder)
      this.#full = ['ENOSPC', 'EMFILE'].includes(systemErrorCode(error) ?? '')
      return false
    }
  }

  #begin(folder: Node): void {
    const { files } = this.#options
    const path = files.folder(folder)
    const watcher = this.#open(path, folder)
    const entries = new Map<string, KnownState>()
    this.#watches.set(folder, {
      node: folder,
      close: () => {
        watcher.close()
      },
      entries,
      aliases: new Set(),
      missing: new Set(),
      marked: new Map(),
    })
    const names = files.names(path)
    for (const { name, type } of names) {
      // Berth will need the inode to recognise a rename.
      const file = names.length <= maxLooks ? files.find(path + files.style.separator + name) : undefined
      entries.set(name, file ? stateOf(file) : type === entryType.directory ? 'folder' : 'file')
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

  /** The names in a folder that the guest has cached as missing. */
  missingNames(folder: Node): Iterable<string> {
    return this.#watches.get(folder)?.missing ?? []
  }

  #recordPresent(watch: Watch, name: string, file: Attributes): void {
    watch.entries.set(name, stateOf(file))
    if (watch.missing.delete(name)) this.#missing--
  }

  close(): void {
    for (const folder of [...this.#watches.keys()]) this.unwatch(folder)
  }

  /** Undoes the record of a change, so that the next {@link lookAtMarked} notices the change again. */
  lookAgain({ folder, name, before, renamed }: NameChange): void {
    const watch = this.#watches.get(folder)
    if (!watch) return
    if (before) watch.entries.set(name, before)
    watch.marked.set(name, { renames: renamed ? 1 : 0, changesSince: 0 })
  }

  /** Schedules a look at the marked names, if there are any. */
  lookAtMarked(): void {
    for (const { marked } of this.#watches.values()) if (marked.size > 0) this.#turns.schedule()
  }

  /**
   * Records the attributes that a reply reports to the guest, if Berth knew only the type of the file before, and no
   * event of the name is unhandled. Attributes that Berth already knew are not replaced, even if the reply contains
   * newer ones. Otherwise Berth would not recognise the change when its event arrives, and would not notify programs
   * that use inotify.
   */
  recordTold(folder: Node, name: string, file: Attributes): void {
    const watch = this.#watches.get(folder)
    const known = watch?.entries.get(name)
    if (watch && typeof known === 'string' && !watch.marked.has(name)) this.record(folder, name, file)
  }

  /** Records the result of the guest's own change. */
  record(folder: Node, name: string, file: Attributes): void {
    const watch = this.#watches.get(folder)
    if (watch && !watch.aliases.has(name)) this.#recordPresent(watch, name, file)
  }

  /** On hosts that ignore case, records a name as an alias if its spelling on the disk is different. */
  recordSpelling(folder: Node, name: string): void {
    const { foldsNames } = this.#options.files.style
    const watch = this.#watches.get(folder)
    if (!foldsNames || !watch || watch.entries.has(name) || watch.aliases.has(name)) return
    if (!this.#options.files.names(this.#options.files.folder(folder)).some((entry) => entry.name === name))
      watch.aliases.add(name)
  }

  recordNode(node: Node, file: Attributes): void {
    if (node.parent) this.record(node.parent, node.name, file)
    for (const { parent, name } of node.otherNames) this.record(parent, name, file)
  }

  recordToldNode(node: Node, file: Attributes): void {
    for (const { parent, name } of node.names) this.recordTold(parent, name, file)
  }

  /** Records that the guest has removed a name. */
  recordRemoval(folder: Node, name: string): void {
    this.#watches.get(folder)?.entries.delete(name)
  }

  /** True if Berth would notice a change of this name. */
  isNameWatched(folder: Node, name: string): boolean {
    return this.#watches.get(folder)?.aliases.has(name) === false
  }

  /**
   * Records that the guest caches a name as missing. Returns false if the folder is not watched, or if the guest has
   * already cached too many missing names.
   */
  recordMissing(folder: Node, name: string): boolean {
    const watch = this.#watches.get(folder)
    if (!watch) return false
    if (watch.missing.has(name)) return true
    if (this.#missing >= maxMissing) return false
    this.#missing++
    watch.missing.add(name)
    return true
  }

  /**
   * Reports changes that the host has made to a file, before the guest writes to it. Otherwise `afterWrite` would
   * record these changes as the guest's own, and Berth would never report them.
   */
  beforeWrite(node: Node, fd: number): void {
    if (node.kernel.attributes) this.beforeChange(node, this.#options.files.ofHandle(fd))
  }

  /** Reports changes that the host has made to a file, before the guest changes it in any other way. */
  beforeChange(node: Node, file: Attributes): void {
    const told = node.kernel.attributes
    if (told && !sameContent(told, file) && node.parent)
      this.#options.onChanges([
        { folder: node.parent, name: node.name, before: told, now: file, renamed: false },
      ])
  }

  afterWrite(node: Node, fd: number): void {
    const file = this.#options.files.ofHandle(fd)
    node.kernel.toldAttributes(file)
    this.recordNode(node, file)
  }

  #markAll(watch: Watch): void {
    const unknown: EventMark = { renames: 0, changesSince: 0 }
    for (const name of watch.entries.keys()) watch.marked.set(name, unknown)
    try {
      const names = this.#options.files.scope(() =>
        this.#options.files.names(this.#options.files.folder(watch.node)),
      )
      for (const { name } of names) watch.marked.set(name, unknown)
    } catch {
      // The folder is gone. The look at the names that are marked already will find that they are gone too.
    }
  }

  #open(path: string, folder: Node): FSWatcher {
    const { style } = this.#options.files
    const watcher = watch(style.forHost(path), { encoding: 'buffer', persistent: false })
    watcher.on('change', (type: string, given: Buffer | string | null) => {
      const watch = this.#watches.get(folder)
      if (!watch) return
      if (given === null) this.#markAll(watch)
      else if (isItself(given)) {
        // Berth handles this event only for the root of a share. For any other folder, the events of its parent are
        // more precise.
        if (type === 'rename' && !folder.parent) this.#options.onGone(folder)
      } else {
        const name = typeof given === 'string' ? style.fromText(given) : style.decode(given)
        watch.aliases.delete(name)
        const { renames, changesSince } = watch.marked.get(name) ?? { renames: 0, changesSince: 0 }
        watch.marked.set(
          name,
          type === 'rename'
            ? { renames: renames + 1, changesSince: 0 }
            : { renames, changesSince: changesSince + 1 },
        )
      }
      this.#turns.event()
    })
    watcher.on('error', () => {
      this.#options.onGone(folder)
    })
    return watcher
  }

  #look(hasOverflowed: boolean): Look[] {
    if (hasOverflowed) for (const watch of this.#watches.values()) this.#markAll(watch)
    const looks: Look[] = []
    for (const watch of this.#watches.values()) {
      if (watch.marked.size === 0) continue
      looks.push(...this.#options.files.scope(() => this.#changesIn(watch)))
    }
    return looks
  }

  #report(looks: readonly Look[]): void {
    if (looks.length === 0) return
    const { hasPreciseEvents } = this.#options.files
    const changes = looks.map(({ watch, change, mark }) => {
      const later = watch.marked.get(change.name)
      const arrival = arrivalOf(change, mark, later, hasPreciseEvents)
      // If the guest itself has just made this folder, the event is only a late report of that. Programs of the guest
      // may have filled the folder since. The change then does not count as a rename. Otherwise Berth would unwatch the
      // folder.
      const isLate =
        isSameFolder(change) && change.folder.children.get(change.name)?.kernel.isNewFolder === true
      return { ...change, renamed: change.renamed && !isLate, ...(arrival ? { arrival } : {}) }
    })
    this.#options.onChanges(changes)
  }

  /**
   * Compares the marked names with their last known states. A name that Berth may not read stays marked for the next
   * look, because Berth cannot know whether the file is gone.
   */
  #changesIn(watch: Watch): Look[] {
    const looks: Look[] = []
    const { node, marked } = watch
    try {
      const path = unlessGone(() => this.#options.files.folder(node))
      for (const [name, mark] of [...marked]) {
        marked.delete(name)
        try {
          const change = this.#compare(watch, path, name, mark.renames > 0)
          if (change) looks.push({ watch, change, mark })
        } catch {
          marked.set(name, mark)
        }
      }
    } catch {
      // Berth may not read the folder itself.
    }
    return looks
  }

  #compare(watch: Watch, path: string | undefined, name: string, renamed: boolean): NameChange | undefined {
    const { node: folder, entries } = watch
    const before = entries.get(name)
    const now =
      path === undefined
        ? undefined
        : unlessGone(() => this.#options.files.find(path + this.#options.files.style.separator + name))
    if (now) this.#recordPresent(watch, name, now)
    else entries.delete(name)
    if (!before && !now) {
      // The file existed only for a moment. If the guest has seen it, Berth must report that it is gone.
      const seen = folder.children.get(name)
      return seen && { folder, name, before: seen.kernel.attributes ?? 'file', now, renamed }
    }
    if (before && now && typeof before === 'object' && sameState(before, now)) return undefined
    return { folder, name, before, now, renamed }
  }
}

/**
 * On Linux, an event of the folder itself has the last part of the watched path as its name. The path ends in `/.` (see
 * {@link HostFiles.folder}).
 */
function isItself(name: Buffer | string): boolean {
  return name.toString() === '.'
}

/** Returns the result of `look`. Returns undefined if there is no file (any more). Throws all other errors. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    const gone: number[] = [errno.ENOENT, errno.ENOTDIR, errno.ESTALE]
    if (gone.includes(errnoOf(error))) return undefined
    throw error
  }
}

/**
 * Whether a name still belongs to the same folder. A file system may give the inode of a removed folder to a new
 * folder, so this function also compares the birth times.
 */
function isSameFolder({ before, now }: NameChange): boolean {
  if (typeof before !== 'object' || !now || !isDirectory(now.mode)) return false
  return now.ino === before.ino && now.birthNs === before.birthNs
}

/** Whether two states are equal. Ignores the access time, because every read changes it. */
function sameState(a: FileState, b: Attributes): boolean {
  return sameContent(a, b) && a.mode === b.mode && a.nlink === b.nlink && a.ctimeNs === b.ctimeNs
}
