import { mountAgent } from '../../lib'
import { entryBytes, socketsId, toAgent, writeEntry, type Request } from '../protocol/fuse'
import { refuse } from '../protocol/linux'
import type { MessageWriter } from '../protocol/message-writer'
import { rootAttributes } from '../tree/file-attributes'
import type { Node } from '../tree/node'
import type { ServerContext } from './context'
import { reply } from './replies'

/** How long the lookups of a socket wait for the agent's next report, milliseconds. */
const agentMs = 2_000
/**
 * How many sockets may have lookups that wait, and how many lookups may wait for each of these sockets. The server
 * replies to further lookups immediately.
 */
const maxWaiting = 256
/**
 * The most sockets that the server remembers. At this number, the server forgets them all. It asks the agent again when
 * a program looks up one of them.
 */
const maxSockets = 1_024
/** The longest request that waits, bytes. A name has at most 255 bytes. */
const maxLookupBytes = 512

export interface SocketListenersOptions {
  writer: MessageWriter
  /** Handles a lookup again. `SocketListeners` does not postpone it a second time. */
  handle: (lookup: Buffer) => void
  /** Called after all lookups of a node have been handled. */
  onHandled: (node: number) => void
  /** Called if there is something to send, outside of a request. */
  onOutput: () => void
  agentMs?: number | undefined
}

/**
 * Makes programs in the machine connect to sockets of the host in shared folders. The machine's kernel connects a
 * program to the listener that is bound to the inode of the socket. So the server asks the agent to bind a listener to
 * the socket's node, and replies to the first lookup of the socket only after the agent has done so.
 *
 * The agent binds a name in a folder that only its listener uses. The server replies to this MKNOD request with the
 * socket's node. In any other folder, the agent could wait for a lock that a waiting lookup holds.
 */
export class SocketListeners {
  readonly #options: SocketListenersOptions
  /** The nodes that the agent listens on. */
  readonly #listening = new Set<number>()
  /** The nodes that the agent was asked to listen on, and has not reported. */
  readonly #requested = new Set<number>()
  /** The lookups that wait until the agent listens, by node. */
  readonly #waiting = new Map<number, Buffer[]>()
  #timer: NodeJS.Timeout | undefined
  /** True if the agent did not report in time. The guest image of an earlier Berth has no listener. */
  #isSilent = false
  #isPaused = false
  #isHandlingAgain = false

  constructor(options: SocketListenersOptions) {
    this.#options = options
  }

  /** Postpones the lookup of a host's socket until the agent listens. Returns false if the lookup must not wait. */
  postpone(request: Request, node: Node): boolean {
    if (this.#listening.has(node.id) || this.#isHandlingAgain || this.#isPaused) return false
    const lookups = this.#waiting.get(node.id) ?? []
    if (lookups.length === 0) this.#request(node.id)
    const isFull = this.#waiting.size >= maxWaiting || lookups.length >= maxWaiting
    if (this.#isSilent || isFull || request.bytes.length > maxLookupBytes) return false
    // The request is a view of a buffer that will be overwritten.
    lookups.push(Buffer.from(request.bytes))
    this.#waiting.set(node.id, lookups)
    if (this.#timer === undefined) this.#restartTimer()
    request.isPostponed = true
    return true
  }

  /** Handles a report of the agent. Returns false if the report is not about a listener. */
  report(what: string, node: number, errno: number): boolean {
    switch (what) {
      case mountAgent.listenerStarted:
        this.#listening.clear()
        // A listener process that has ended may have lost these requests.
        for (const id of this.#requested) this.#options.writer.control(toAgent.LISTEN, id)
        break
      case mountAgent.listening:
        if (this.#requested.delete(node) && errno === 0) this.#listening.add(node)
        this.#reply(node)
        break
      case mountAgent.notListening:
        this.#listening.delete(node)
        break
      default:
        return false
    }
    this.#isSilent = false
    this.#restartTimer()
    return true
  }

  /** Replies to all lookups that wait, and postpones no further lookup until `resume` is called. */
  pause(): void {
    this.#isPaused = true
    this.#replyToAll()
  }

  resume(): void {
    this.#isPaused = false
  }

  close(): void {
    this.#waiting.clear()
    this.#restartTimer()
  }

  #request(node: number): void {
    for (const nodes of [this.#requested, this.#listening]) if (nodes.size >= maxSockets) nodes.clear()
    this.#requested.add(node)
    this.#options.writer.control(toAgent.LISTEN, node)
  }

  /** Waits for the next report, if any lookup waits. */
  #restartTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.size === 0) return
    this.#timer = setTimeout(() => {
      this.#isSilent = true
      this.#replyToAll()
    }, this.#options.agentMs ?? agentMs)
  }

  #replyToAll(): void {
    for (const node of [...this.#waiting.keys()]) this.#reply(node)
    this.#restartTimer()
    this.#options.onOutput()
  }

  #reply(node: number): void {
    const lookups = this.#waiting.get(node)
    if (!lookups) return
    this.#waiting.delete(node)
    this.#isHandlingAgain = true
    try {
      for (const lookup of lookups) this.#options.handle(lookup)
    } finally {
      this.#isHandlingAgain = false
    }
    this.#options.onHandled(node)
  }
}

/** Replies with the folder in which the agent's listener binds names. The folder has no other content. */
export function replySocketsFolder(context: ServerContext, request: Request): void {
  reply(context, request, entryBytes, (buffer, at) => {
    writeEntry(buffer, at, socketsId, { entry: 0, attributes: 0 }, rootAttributes)
    return undefined
  })
}

/**
 * Handles the agent's MKNOD request in the folder of the listener, with which the agent binds a listener to a socket of
 * the host.
 * @throws Refusal EPERM if the name is not a number; ESTALE if no node has this number; ENOENT if the socket no longer
 * exists
 */
export function bindListener(context: ServerContext, request: Request, name: string): void {
  const { nodes, files } = context
  if (!/^\d{1,16}$/.test(name)) refuse('EPERM')
  const node = nodes.get(Number(name))
  const path = files.file(node)
  const file = files.isSocket(path) ? files.get(path) : refuse('ENOENT')
  node.kernel.toldEntry(file)
  reply(context, request, entryBytes, (buffer, at) => {
    // The listener is not a user of the file. So the reply contains root as the owner, and the server does not record
    // this owner.
    writeEntry(buffer, at, node.id, { entry: 0, attributes: 0 }, file)
    return undefined
  })
}
