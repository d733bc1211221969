import { mountAgent, peerFolderName } from '../lib'
import { ChangeNotifier } from './changes/change-notifier'
import { FolderWatches } from './changes/folder-watches'
import { HelperJobs } from './changes/helper-jobs'
import { InotifyReplays, replayPaths } from './changes/inotify-replays'
import { PendingNames } from './changes/pending-names'
import { operations } from './operations/by-opcode'
import { CacheTimeouts } from './operations/cache-timeouts'
import type { ServerContext } from './operations/context'
import { verifyHelper } from './operations/helper-requests'
import { expireOtherOwners } from './operations/replies'
import { SocketListeners } from './operations/socket-listeners'
import {
  controlOpcode,
  fromAgent,
  inHeaderBytes,
  jobType,
  maxMessage,
  opcode,
  readNumber,
  Request,
  resendBit,
  toAgent,
} from './protocol/fuse'
import { errno, errnoOf } from './protocol/linux'
import { MessageWriter } from './protocol/message-writer'
import { ReplyCache } from './protocol/reply-cache'
import {
  closeHandles,
  Handles,
  maxListedNames,
  maxOpenFiles,
  type FileHandle,
  type FolderHandle,
} from './tree/handles'
import { HostFiles } from './tree/host-files'
import { isSameShare, type Node, type ShareRoot } from './tree/node'
import { NodeTable, type Numbering } from './tree/node-table'
import { Owners } from './tree/owners'
import { pathStyle } from './tree/path-style'

/** How many owner changes the server reports in a minute. A container may change the owner of whole folders. */
const maxOwnerReports = 100
/**
 * The server reports a missing share at most once in this time, milliseconds. A guest may repeat a failing request
 * quickly.
 */
const missingShareReportMs = 1_000

export interface FileServerOptions {
  platform: NodeJS.Platform
  /** Berth's own folders, which no guest may see. */
  ownFolders?: readonly string[] | undefined
  shares: readonly ShareRoot[]
  /** Called if there is something to send. `drain` returns it. */
  onOutput: () => void
  /** Called if a program in the machine changes the owner of a file in this share to a user other than root. */
  onForeignOwner: (path: string, share: ShareRoot) => void
  /** Called if the folder of this share is gone, or was replaced. */
  onGone: (share: ShareRoot) => void
  /**
   * Called when the agent has mounted the shares, or has failed to. `errno` is Linux's error number, or 0 for success.
   */
  onMounted: (errno: number) => void
  /** Called when the agent has connected. `again`: the agent still has the mount of an earlier connection. */
  onHello: (again: boolean) => void
  onPaused: () => void
  onSynced: () => void
  /** The numbering and the last handle id from a snapshot. */
  numbering?: Numbering
  lastHandle?: number
  /** How long the lookup of a socket waits until the agent listens, milliseconds. */
  listenMs?: number
}

/**
 * A FUSE server: it answers the requests of the guest's kernel with files of the host, inside the shared folders only.
 * This class receives and returns whole messages, and does not know how the messages are transported.
 */
export class FileServer {
  readonly context: ServerContext
  readonly #options: FileServerOptions
  readonly #writer = new MessageWriter()
  readonly #replays = new InotifyReplays()
  readonly #replyCache = new ReplyCache()
  readonly #jobs: HelperJobs
  readonly #notifier: ChangeNotifier
  #shares: readonly ShareRoot[]
  #isCrowded = false
  #ownerReports = { since: 0, count: 0 }
  #missingShareReportedAt = -Infinity

  constructor(options: FileServerOptions) {
    this.#options = options
    const { platform, ownFolders = [], shares, onOutput } = options
    const style = pathStyle(platform)
    const nodes = new NodeTable(style.separator, options.numbering)
    const pendingNames = new PendingNames()
    const files = new HostFiles({ nodes, style, platform, ownFolders })
    const watches = new FolderWatches({
      files,
      onChanges: (changes) => {
        this.#notifier.notify(changes)
      },
      onGone: (folder) => {
        this.#onGone(folder)
      },
      onLost: () => {
        this.expireEverything()
        onOutput()
      },
    })
    this.#jobs = new HelperJobs({
      writer: this.#writer,
      replays: this.#replays,
      pendingNames,
      pathsOf: (replay) => replayPaths(nodes, style, replay),
    })
    this.#notifier = new ChangeNotifier({
      files,
      watches,
      style,
      onOutput,
      writer: this.#writer,
      pendingNames,
      jobs: this.#jobs,
    })
    this.context = {
      nodes,
      files,
      watches,
      handles: new Handles<FileHandle>({
        maxWeight: maxOpenFiles(platform),
        weightOf: () => 1,
        lastId: options.lastHandle,
      }),
      folders: new Handles<FolderHandle>({
        maxWeight: maxListedNames,
        weightOf: ({ names }) => names.length + 1,
        lastId: options.lastHandle,
      }),
      writer: this.#writer,
      timeouts: new CacheTimeouts(watches, pendingNames),
      replays: this.#replays,
      owners: new Owners(),
      listeners: new SocketListeners({
        writer: this.#writer,
        handle: (lookup) => {
          this.#reply(new Request(lookup))
        },
        onHandled: (node) => {
          // If the socket has disappeared, no reply has named the node, so the kernel will never forget the node. The
          // server itself then removes the node.
          this.#forget(node, 0)
        },
        onOutput,
        agentMs: options.listenMs,
      }),
      onForeignOwner: (node) => {
        this.#onForeignOwner(node)
      },
      onReport: (request, name) => {
        this.#onReport(request, name)
      },
    }
    this.#shares = shares
    nodes.setShares(shares)
  }

  get shares(): readonly ShareRoot[] {
    return this.#shares
  }

  /** The number of bytes that `drain` would return, without the jobs that wait. */
  get unsentBytes(): number {
    return this.#writer.unsentBytes
  }

  /** Returns everything that must be sent, in order. */
  drain(): Buffer[] {
    this.#jobs.send()
    return this.#writer.drain()
  }

  /** Shares these folders from now on, and makes the agent mount them. */
  setShares(shares: readonly ShareRoot[]): void {
    const { nodes, files, handles, folders, watches } = this.context
    const stays = ({ share }: Node) => shares.some((other) => isSameShare(other, share))
    for (const node of nodes.all()) if (node.isDirectory && !stays(node)) watches.unwatch(node)
    // If a folder is no longer shared, programs also lose access to the files that they have open in it.
    closeHandles(handles, ({ node }) => !stays(node))
    for (const [id, { node }] of [...folders.entries()]) if (!stays(node)) folders.remove(id)
    this.#shares = shares
    files.findOwnFolders()
    nodes.setShares(shares)
    this.mountShares()
  }

  /** Makes the guest ask again for everything in a share, because the share's folder has disappeared or returned. */
  expireShare(id: string): void {
    const { nodes, watches } = this.context
    const root = nodes.share(id)
    if (!root) return
    this.#notifier.folderLost(root)
    watches.watch(root)
  }

  /** Makes the agent mount the shares. */
  mountShares(): void {
    const { nodes, files, watches } = this.context
    // A program that uses inotify on a shared folder may never ask for anything in it. Each shared folder is therefore
    // watched from the start.
    for (const root of nodes.shareRoots) watches.watch(root)
    const { style } = files
    const fields = this.#shares.flatMap(({ id, guestPath, writable }) => [
      Buffer.from(id),
      style.separator === '/' ? style.encode(style.fromText(guestPath)) : Buffer.from(guestPath),
      Buffer.from(writable ? 'rw' : 'ro'),
    ])
    const data = Buffer.concat(fields.flatMap((field) => [field, Buffer.alloc(1)]))
    this.#jobs.add(jobType.SHARES, data, (code) => {
      this.#options.onMounted(code)
    })
    this.#options.onOutput()
  }

  /** Sends a control message to the agent. */
  control(code: (typeof toAgent)[keyof typeof toAgent]): void {
    // The agent sends no reports during a pause, so no lookup may wait for a report.
    if (code === toAgent.PAUSE) this.context.listeners.pause()
    if (code === toAgent.RESUME) this.context.listeners.resume()
    this.#writer.control(code)
    this.#options.onOutput()
  }

  /** Makes the guest's kernel drop its caches, except for files in use. */
  dropCaches(): void {
    this.#jobs.add(jobType.DROP_CACHES, Buffer.alloc(0))
    this.#options.onOutput()
  }

  /** Makes the guest's kernel ask again for everything, including files in use, because its caches may be wrong. */
  expireEverything(): void {
    this.dropCaches()
    const { nodes, files, watches } = this.context
    for (const node of nodes.all()) {
      if (node.isDirectory) watches.watch(node)
      node.kernel.revokeNewFolder(this.#writer)
      for (const { parent, name } of node.names) this.#jobs.expireName(parent.id, files.style.encode(name))
      this.#jobs.expireNode(node.id, true)
    }
  }

  /**
   * Call this method if an earlier server has replied to the guest's kernel. It makes the kernel ask again for
   * everything. The server does not know the files in use, so it expires the names in the shared folders. If a name
   * turns out to be another node, the kernel also drops everything below the name.
   */
  expireEarlierReplies(): void {
    this.mountShares()
    this.dropCaches()
    const { nodes, files } = this.context
    for (const root of nodes.shareRoots) {
      this.#jobs.expireNode(root.id, true)
      files.scope(() => {
        try {
          for (const { name } of files.names(files.folder(root)))
            this.#jobs.expireName(root.id, files.style.encode(name))
        } catch {
          // The share's folder is gone. `#checkShare` reports that after the next failed request for the folder.
        }
      })
    }
  }

  /**
   * The host's path of a socket in a shared folder. Undefined if the node is no socket of the host, if its folder is
   * shared read-only, or if another Berth listens on the socket for its QEMU.
   */
  socketPath(id: number): string | undefined {
    const { nodes, files } = this.context
    const node = nodes.find(id)
    if (!node?.parent?.share.writable || peerFolderName.test(node.parent.name)) return undefined
    return files.scope(() => {
      try {
        return files.isSocket(files.file(node)) ? files.style.toText(nodes.path(node)) : undefined
      } catch {
        return undefined
      }
    })
  }

  close(): void {
    this.#notifier.close()
    this.context.listeners.close()
    this.context.watches.close()
    closeHandles(this.context.handles)
  }

  /**
   * Handles one message of the guest. Never throws. The server refuses an invalid message, or ignores it if the message
   * needs no reply.
   */
  handle(bytes: Buffer): void {
    if (bytes.length < inHeaderBytes || bytes.length > maxMessage) return
    const request = new Request(bytes)
    switch (request.opcode) {
      case controlOpcode:
        this.#control(request)
        return
      case opcode.FORGET:
        if (request.body.length >= 8) this.#forget(request.nodeId, readNumber(request.body, 0))
        return
      case opcode.BATCH_FORGET:
        this.#forgetMany(request.body)
        return
      // There is nothing to interrupt. Only the lookup of a socket can wait, and not for long.
      case opcode.INTERRUPT:
        return
      default:
        this.#reply(request)
    }
  }

  #reply(request: Request): void {
    const cached = request.uniqueHigh >= resendBit && this.#replyCache.find(request)
    if (cached) {
      const message = this.#writer.reserve(cached.payload.length)
      cached.payload.copy(message.buffer, message.at)
      const { uniqueLow, uniqueHigh } = request
      this.#writer.commit(message, cached.payload.length, cached.code, uniqueLow, uniqueHigh)
      return
    }
    const operation = operations[request.opcode]
    try {
      verifyHelper(this.context, request)
      expireOtherOwners(this.context, request)
      if (operation)
        this.context.files.scope(() => {
          operation(this.context, request)
        })
      else this.#refuse(request, errno.ENOSYS)
    } catch (error) {
      if (!request.isAnswered) this.#refuse(request, errnoOf(error))
      this.#checkShare(request.nodeId)
    }
    if (request.isPostponed) return
    this.#replyCache.add(request, this.#writer)
    this.#limitNodes()
  }

  #refuse(request: Request, code: number): void {
    this.#writer.reply(request, this.#writer.reserve(0), 0, code)
  }

  #forget(id: number, count: number): void {
    const node = this.context.nodes.forget(id, count)
    if (node?.isDirectory) this.context.watches.unwatch(node)
  }

  #forgetMany(body: Buffer): void {
    if (body.length < 8) return
    const count = Math.min(body.readUInt32LE(0), Math.floor((body.length - 8) / 16))
    for (let index = 0; index < count; index++)
      this.#forget(readNumber(body, 8 + 16 * index), readNumber(body, 16 + 16 * index))
  }

  #control({ nodeId: code, pid }: Request): void {
    // Only the agent's pump can send control messages, so no other program in the machine can pretend to be the helper.
    if (pid !== 0) this.#replays.helperPid = pid
    switch (code) {
      case fromAgent.HELLO_MOUNTED:
      case fromAgent.HELLO_AGAIN:
        this.#options.onHello(code === fromAgent.HELLO_AGAIN)
        return
      case fromAgent.PAUSED:
        this.#options.onPaused()
        return
      case fromAgent.SYNCED:
        this.#options.onSynced()
        return
      default:
    }
  }

  /**
   * Handles a report of the agent's helper or listener. The helper reports `.helper:0:0` when it starts, and
   * `.done:SEQ:ERRNO` after a job. See {@link SocketListeners} for the listener's reports, which any process of root
   * in the machine can send. With a false report, root could only prevent programs in the machine from using a socket.
   */
  #onReport(request: Request, name: string): void {
    const [, what = '', number, code] = /^\.(\w+):(\d{1,16}):(\d{1,4})$/.exec(name) ?? []
    if (this.context.listeners.report(what, Number(number), Number(code))) {
      this.#options.onOutput()
      return
    }
    if (!this.#replays.isHelper(request)) return
    if (what === mountAgent.helperStarted) {
      this.#jobs.restarted()
      this.mountShares()
    } else if (what === mountAgent.jobDone) {
      this.#jobs.done(Number(number), Number(code))
      // After a rename, the node table has the new places of folders. So Berth can now look at the names that
      // `lookAgain` has marked.
      this.context.watches.lookAtMarked()
      this.#options.onOutput()
    }
  }

  #onGone(folder: Node): void {
    const isShare = this.context.nodes.share(folder.share.id) === folder
    if (isShare) this.#options.onGone(folder.share)
    this.#notifier.folderLost(folder)
  }

  /**
   * Call this method after a failed request. If the request was for the root of a share, and the share's folder is
   * gone, reports the share.
   */
  #checkShare(nodeId: number): void {
    const { nodes, files } = this.context
    const node = nodes.find(nodeId)
    if (!node || nodes.share(node.share.id) !== node || files.find(node.share.path)) return
    const now = performance.now()
    if (now - this.#missingShareReportedAt < missingShareReportMs) return
    this.#missingShareReportedAt = now
    this.#options.onGone(node.share)
  }

  /**
   * The kernel forgets nodes only if it needs memory itself. If there are too many nodes, Berth makes the kernel drop
   * its caches.
   */
  #limitNodes(): void {
    const { isCrowded } = this.context.nodes
    if (isCrowded && !this.#isCrowded) this.dropCaches()
    this.#isCrowded = isCrowded
  }

  #onForeignOwner(node: Node): void {
    const { nodes, files } = this.context
    const now = Date.now()
    if (now - this.#ownerReports.since > 60_000) this.#ownerReports = { since: now, count: 0 }
    if (++this.#ownerReports.count > maxOwnerReports) return
    try {
      this.#options.onForeignOwner(files.style.toText(nodes.path(node)), node.share)
    } catch {
      // The file has no name any more, so there is nothing to report.
    }
  }
}
