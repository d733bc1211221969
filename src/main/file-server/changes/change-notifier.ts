import { replayOperation } from '../protocol/fuse'
import type { MessageWriter } from '../protocol/message-writer'
import type { HostFiles } from '../tree/host-files'
import type { Node } from '../tree/node'
import type { PathStyle } from '../tree/path-style'
import { stepsFor, type Step } from './change-steps'
import type { FolderWatches, NameChange } from './folder-watches'
import type { HelperJobs } from './helper-jobs'
import type { Replay } from './inotify-replays'
import { PendingCloses } from './pending-closes'
import type { PendingNames } from './pending-names'
import { RenamePairs } from './rename-pairs'

export interface ChangeNotifierOptions {
  readonly files: Pick<HostFiles, 'isProgram'>
  readonly watches: FolderWatches
  readonly pendingNames: PendingNames
  readonly jobs: HelperJobs
  readonly writer: MessageWriter
  readonly style: PathStyle
  /** Called if there is something to send. */
  onOutput: () => void
}

/**
 * Notifies the guest of changes on the host. The guest's kernel must expire its caches, and programs in the guest may
 * use inotify.
 */
export class ChangeNotifier {
  readonly #options: ChangeNotifierOptions
  readonly #pairs = new RenamePairs(() => {
    this.notify([])
  })
  /** Deletions that may turn out to be the first half of a rename. */
  #held: readonly NameChange[] = []
  readonly #closes = new PendingCloses((places) => {
    for (const place of places) this.#replayClose(place)
    this.#options.onOutput()
  })

  constructor(options: ChangeNotifierOptions) {
    this.#options = options
  }

  notify(changes: readonly NameChange[]): void {
    const { pendingNames, watches, writer, onOutput } = this.#options
    for (const { folder, name, before, now } of changes) {
      if (before === undefined) folder.kernel.revokeNewFolder(writer)
      if (now === undefined) this.#revokeBelow(folder.children.get(name))
    }
    for (const change of this.#held) pendingNames.remove(change)
    const { ready, held } = this.#pairs.add(changes)
    const { steps, again } = stepsFor(ready)
    for (const step of steps) this.#run(step)
    // For a deletion that is held back, the kernel expires the name immediately. Programs are notified of the deletion
    // later. Until then, the name is pending, so the kernel may not cache it as missing.
    for (const { folder, name } of held) this.#run({ kind: 'expire-name', folder, name })
    this.#held = held
    for (const change of held) pendingNames.add(change)
    for (const change of again) watches.lookAgain(change)
    onOutput()
  }

  /**
   * Makes the guest ask again for everything in a folder. Call this method if the folder is gone, has returned or was
   * replaced, or can no longer be watched.
   */
  folderLost(folder: Node): void {
    const { jobs, onOutput } = this.#options
    this.#unwatchBelow(folder)
    folder.kernel.attributesExpired()
    jobs.expireNode(folder.id, false)
    onOutput()
  }

  close(): void {
    this.#pairs.close()
    this.#closes.close()
  }

  #run(step: Step): void {
    const { jobs, style } = this.#options
    switch (step.kind) {
      case 'expire-name':
        jobs.expireName(step.folder.id, style.encode(step.name))
        return
      case 'expire-attributes':
      case 'expire-content':
        step.node.kernel.expired()
        jobs.expireNode(step.node.id, step.kind === 'expire-content')
        return
      case 'unwatch':
        this.#unwatchBelow(step.node)
        return
      case 'await-close':
        this.#closes.await(step.folder, step.name)
        return
      case 'replay':
        this.#replay(step.replay)
    }
  }

  #replay(replay: Replay): void {
    const { folder, name, to, before } = replay
    const isClosed = removesName(replay) && this.#closes.remove(folder, name)
    // A program may wait until this file is closed, because the file is then complete. So a renamed file is reported as
    // closed first, under its old name. For a removed file, the close is not reported.
    if (isClosed && to) this.#replayClose({ folder, name }, before)
    if (to) this.#closes.remove(to.folder, to.name)
    this.#options.jobs.replay(replay)
  }

  #replayClose({ folder, name }: Pick<NameChange, 'folder' | 'name'>, before?: Replay['before']): void {
    const { files, jobs } = this.#options
    // Berth does not report the close of a program file. To cause the close event, the helper opens the file for
    // writing. While the file is open for writing, the guest's kernel refuses to execute it (ETXTBSY).
    if (files.isProgram(folder, name)) return
    jobs.replay({ operation: replayOperation.CLOSE, folder, name, before })
  }

  /**
   * Makes the agent stop replying itself to lookups in a folder and in the folders below it. After a folder was removed
   * or renamed, its watch no longer reports the names that the host adds.
   */
  #revokeBelow(node: Node | undefined): void {
    if (!node?.isDirectory) return
    node.kernel.revokeNewFolder(this.#options.writer)
    for (const child of node.children.values()) this.#revokeBelow(child)
  }

  /**
   * Stops watching a folder and all folders in it. The kernel keeps its nodes, but must ask for everything again. Each
   * of these requests starts a new watch.
   */
  #unwatchBelow(node: Node): void {
    const { watches, jobs, style, writer } = this.#options
    node.kernel.revokeNewFolder(writer)
    for (const name of watches.missingNames(node)) jobs.expireName(node.id, style.encode(name))
    watches.unwatch(node)
    for (const [name, child] of node.children) {
      jobs.expireName(node.id, style.encode(name))
      this.#run({ kind: 'expire-content', node: child })
      if (child.isDirectory) this.#unwatchBelow(child)
    }
  }
}

/**
 * True if the file that had the replay's `name` before loses this name. An arrival counts too, because the file that
 * arrives may replace another file.
 */
function removesName({ operation }: Replay): boolean {
  const { UNLINK, RMDIR, RENAME } = replayOperation
  return ([UNLINK, RMDIR, RENAME] as number[]).includes(operation)
}
