import { mountAgent } from '../lib'
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
  type toAgent,
} from './protocol/fuse'
import {
  closeHandles,
  Handles,
  mostFiles,
  mostListed,
  type FileHandle,
  type FolderHandle,
} from './tree/handles'
import { HelperJobs } from './changes/helper-jobs'
import { HostFiles } from './tree/host-files'
import { errno, errnoOf } from './protocol/linux'
import { pathStyle } from './tree/names'
import { News, replayPaths } from './changes/news'
import { isSameShare, NodeTable, type Node, type ShareRoot } from './tree/nodes'
import { operations } from './operations'
import { Outbox } from './protocol/outbox'
import { Owners } from './tree/owners'
import { RecentAnswers } from './recent-answers'
import { Replays } from './changes/replays'
import { showOwner, type ServerContext } from './server-context'
import { Validities } from './tree/validities'
import { FolderWatches } from './changes/watches'

/** Files of which it is told, in a minute, that somebody wants another owner: an image does so with whole folders. */
const mostOwners = 100

export interface FileServerOptions {
  platform: NodeJS.Platform
  /** Berth's own, which is shown to nobody. */
  ownFolder?: string | undefined
  shares: readonly ShareRoot[]
  /** There is something to send: `take` gives it. */
  onOutput: () => void
  /** A program in the machine has given a file of this share to somebody else than root. */
  onForeignOwner: (path: string, share: ShareRoot) => void
  /** The folder of this share is not there any more, or is another one. */
  onGone: (share: ShareRoot) => void
  /** The agent has mounted, or could not mount, what is shared; `errno` is Linux' own, 0 when all is well. */
  onMounted: (errno: number) => void
  /** The agent is there: `again` with a mount that it had before. */
  onHello: (again: boolean) => void
  onPaused: () => void
  onSynced: () => void
  epoch?: { epoch: number; count: number; most?: number }
  lastHandle?: number
}

/**
 * A FUSE server: the guest's kernel asks, the host's file system answers, within the folders that are shared.
 * Takes whole messages and has whole messages to send; knows nothing of the road between.
 */
export class FileServer {
  readonly context: ServerContext
  readonly nodes: NodeTable
  readonly handles: Handles<FileHandle>
  readonly folders = new Handles<FolderHandle>(mostListed, ({ names }) => names.length + 1)
  readonly watches: FolderWatches
  readonly #outbox = new Outbox()
  readonly #replays = new Replays()
  readonly #jobs: HelperJobs
  readonly #recent = new RecentAnswers()
  readonly #news: News
  #shares: readonly ShareRoot[]
  #hasMounted = false
  #crowded = false
  #owners = { since: 0, told: 0 }
  #askedForShare = -Infinity

  constructor(private readonly options: FileServerOptions) {
    const style = pathStyle(options.platform)
    this.nodes = new NodeTable(style.separator, options.epoch)
    this.handles = new Handles<FileHandle>(mostFiles(options.platform), () => 1, options.lastHandle)
    const hostFiles = new HostFiles(this.nodes, style, options.platform, options.ownFolder)
    this.#jobs = new HelperJobs(this.#outbox, this.#replays, (replay) =>
      replayPaths({ nodes: this.nodes, style }, replay),
    )
    this.watches = new FolderWatches(hostFiles, {
      onChanges: (changes) => {
        this.#news.tell(changes)
      },
      onGone: (folder) => {
        this.#onGone(folder)
      },
      onLost: () => {
        this.distrust()
        this.options.onOutput()
      },
    })
    const { nodes, watches } = this
    this.#news = new News({
      ...{ nodes, watches, style },
      replays: this.#replays,
      jobs: this.#jobs,
      onOutput: options.onOutput,
    })
    this.context = {
      nodes: this.nodes,
      files: hostFiles,
      handles: this.handles,
      folders: this.folders,
      outbox: this.#outbox,
      watches: this.watches,
      validities: new Validities(this.watches, (folder, name) => this.#replays.isPending(folder, name)),
      replays: this.#replays,
      owners: new Owners(),
      onForeignOwner: (node) => {
        this.#onForeignOwner(node)
      },
      onHelper: (name) => {
        this.#onHelper(name)
      },
    }
    this.#shares = options.shares
    this.nodes.setShares(options.shares)
  }

  get shares(): readonly ShareRoot[] {
    return this.#shares
  }

  /** The agent has been told what is shared. */
  get hasMounted(): boolean {
    return this.#hasMounted
  }

  /** Bytes that `take` would give, without the jobs that wait. */
  get unsent(): number {
    return this.#outbox.length
  }

  /** What is to be sent, in order. */
  take(): Buffer[] {
    this.#jobs.send()
    return this.#outbox.take()
  }

  /** Shares these folders from now on, and has them mounted in the machine. */
  setShares(shares: readonly ShareRoot[]): void {
    const stays = ({ share }: Node) => shares.some((other) => isSameShare(other, share))
    for (const node of this.nodes.all()) if (node.isDirectory && !stays(node)) this.watches.unwatch(node)
    // What a program opened before, it may not go on with.
    closeHandles(this.handles, ({ node }) => !stays(node))
    for (const [id, { node }] of [...this.folders.entries()]) if (!stays(node)) this.folders.remove(id)
    this.#shares = shares
    this.context.files.findOwnFolder()
    this.nodes.setShares(shares)
    this.mountShares()
  }

  /** The folder of a share has gone or come: nothing that the guest was told of what is in it may be believed. */
  forgetShare(id: string): void {
    const root = this.nodes.share(id)
    if (!root) return
    this.#news.lost(root)
    this.watches.watch(root)
  }

  mountShares(): void {
    this.#hasMounted = true
    // Who waits for news of it may ask for nothing in it.
    for (const root of this.nodes.shareRoots) this.watches.watch(root)
    const { style } = this.context.files
    const fields = this.#shares.flatMap(({ id, guestPath, writable }) => [
      Buffer.from(id),
      style.separator === '/' ? style.encode(style.fromText(guestPath)) : Buffer.from(guestPath),
      Buffer.from(writable ? 'rw' : 'ro'),
    ])
    const data = Buffer.concat(fields.flatMap((field) => [field, Buffer.alloc(1)]))
    this.#jobs.add(jobType.SHARES, data, (code) => {
      this.options.onMounted(code)
    })
    this.options.onOutput()
  }

  control(code: (typeof toAgent)[keyof typeof toAgent]): void {
    this.#outbox.put(this.#outbox.reserve(0), 0, code, controlOpcode, controlOpcode)
    this.options.onOutput()
  }

  /** The guest's kernel may remember things of a time before this server: it is to forget them. */
  dropCaches(): void {
    this.#jobs.add(jobType.DROP_CACHES, Buffer.alloc(0))
    this.options.onOutput()
  }

  /** The kernel goes on with what another server has told it: it is to ask again, also for what it has in use. */
  distrust(): void {
    this.dropCaches()
    const { style } = this.context.files
    for (const node of this.nodes.all()) {
      if (node.isDirectory) this.watches.watch(node)
      for (const { parent, name } of node.names) this.#jobs.forgetName(parent.id, style.encode(name))
      this.#jobs.forgetNode(node.id, true)
    }
  }

  close(): void {
    this.#news.close()
    this.watches.close()
    closeHandles(this.handles)
  }

  /** One message of the guest. Never throws: what is nonsense is refused, or ignored where nobody waits. */
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
      // Answered at once, everything is: there is nothing to interrupt.
      case opcode.INTERRUPT:
        return
      default:
        this.#answer(request)
    }
  }

  #answer(request: Request): void {
    const again = request.uniqueHigh >= resendBit && this.#recent.find(request)
    if (again) {
      const message = this.#outbox.reserve(again.payload.length)
      again.payload.copy(message.buffer, message.at)
      this.#outbox.put(message, again.payload.length, again.code, request.uniqueLow, request.uniqueHigh)
      return
    }
    const operation = operations[request.opcode]
    try {
      this.#replays.refuseForeign(request)
      showOwner(this.context, request)
      if (operation)
        this.context.files.scope(() => {
          operation(this.context, request)
        })
      else this.#refuse(request, errno.ENOSYS)
    } catch (error) {
      this.#refuse(request, errnoOf(error))
      this.#checkShare(request.nodeId)
    }
    this.#recent.remember(request, this.#outbox)
    this.#relieve()
  }

  #refuse(request: Request, code: number): void {
    this.#outbox.answer(request, this.#outbox.reserve(0), 0, code)
  }

  #forget(id: number, count: number): void {
    const node = this.nodes.forget(id, count)
    if (node?.isDirectory) this.watches.unwatch(node)
  }

  #forgetMany(body: Buffer): void {
    if (body.length < 8) return
    const count = Math.min(body.readUInt32LE(0), Math.floor((body.length - 8) / 16))
    for (let index = 0; index < count; index++)
      this.#forget(readNumber(body, 8 + 16 * index), readNumber(body, 16 + 16 * index))
  }

  #control({ nodeId: code, pid }: Request): void {
    // Only the agent's pump can send these: nobody else in the machine can pass for the helper.
    if (pid !== 0) this.#replays.helperPid = pid
    switch (code) {
      case fromAgent.HELLO_MOUNTED:
      case fromAgent.HELLO_AGAIN:
        this.options.onHello(code === fromAgent.HELLO_AGAIN)
        return
      case fromAgent.PAUSED:
        this.options.onPaused()
        return
      case fromAgent.SYNCED:
        this.options.onSynced()
        return
      default:
    }
  }

  /** `.helper:0:0` when it starts, `.done:SEQ:ERRNO` after a job. */
  #onHelper(name: string): void {
    const [, what, number, code] = /^\.(\w+):(\d{1,10}):(\d{1,4})$/.exec(name) ?? []
    if (what === mountAgent.helperStarted) {
      this.#jobs.lost()
      this.mountShares()
    } else if (what === mountAgent.jobDone) {
      this.#jobs.done(Number(number), Number(code))
      // Folders that have moved are where the table says, now.
      this.watches.lookAtAll()
      this.options.onOutput()
    }
  }

  #onGone(folder: Node): void {
    const isShare = this.nodes.share(folder.share.id) === folder
    if (isShare) this.options.onGone(folder.share)
    this.#news.lost(folder)
  }

  /** What was asked of a share's root has failed: is it there? A guest may ask often, this is asked once a second. */
  #checkShare(nodeId: number): void {
    const node = this.nodes.find(nodeId)
    if (!node || this.nodes.share(node.share.id) !== node || this.context.files.find(node.share.path)) return
    const now = performance.now()
    if (now - this.#askedForShare < 1_000) return
    this.#askedForShare = now
    this.options.onGone(node.share)
  }

  /** The kernel gives numbers back only when it wants memory itself: when there are many, it is asked to. */
  #relieve(): void {
    const crowded = this.nodes.isCrowded
    if (crowded && !this.#crowded) this.dropCaches()
    this.#crowded = crowded
  }

  #onForeignOwner(node: Node): void {
    const { style } = this.context.files
    const now = Date.now()
    if (now - this.#owners.since > 60_000) this.#owners = { since: now, told: 0 }
    if (++this.#owners.told > mostOwners) return
    try {
      this.options.onForeignOwner(style.toText(this.nodes.path(node)), node.share)
    } catch {
      // It has no name any more: nobody could do anything about it.
    }
  }
}
