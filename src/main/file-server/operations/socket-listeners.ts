import { mountAgent } from '../../lib'
import { entryBytes, toAgent, writeEntry, type Request } from '../protocol/fuse'
import { refuse } from '../protocol/linux'
import type { MessageWriter } from '../protocol/message-writer'
import type { Node } from '../tree/node'
import type { ServerContext } from './context'
import { reply, reportedOwner } from './replies'

/** How long the lookups of a socket wait for the agent, milliseconds. */
const agentMs = 2_000
/** How many lookups wait at a time. The server replies to further lookups immediately. */
const maxWaiting = 256

export interface SocketListenersOptions {
  writer: MessageWriter
  /** Handles a lookup again. `SocketListeners` does not postpone it a second time. */
  handle: (lookup: Buffer) => void
  /** Called if there is something to send, outside of a request. */
  onOutput: () => void
  agentMs?: number | undefined
}

/**
 * Makes programs in the machine connect to sockets of the host in shared folders. The machine's kernel connects a
 * program to the listener that is bound to the inode of the socket. So the server asks the agent to bind a listener to
 * the socket's node, and replies to the first lookup of the socket only after the agent has done so.
 *
 * The agent binds a name in the root of the mount. The server replies to this MKNOD request with the socket's node. The
 * agent cannot bind a name in the socket's own folder, because a lookup that waits may lock this folder.
 */
export class SocketListeners {
  readonly #options: SocketListenersOptions
  /** The nodes that the agent listens on. */
  readonly #listening = new Set<number>()
  /** The lookups that wait until the agent listens, by node. */
  readonly #waiting = new Map<number, Buffer[]>()
  #timer: NodeJS.Timeout | undefined
  /** True if the agent did not answer, for example because the guest image of an earlier Berth has no listener. */
  #isSilent = false
  #isPaused = false
  #isHandlingAgain = false

  constructor(options: SocketListenersOptions) {
    this.#options = options
  }

  /** Postpones the lookup of a host's socket until the agent listens. Returns false if the lookup must not wait. */
  postpone(request: Request, node: Node): boolean {
    if (this.#listening.has(node.id) || this.#isHandlingAgain || this.#isPaused || this.#isSilent)
      return false
    const lookups = this.#waiting.get(node.id) ?? []
    if (this.#waiting.size >= maxWaiting || lookups.length >= maxWaiting) return false
    // The request is a view of a buffer that will be overwritten.
    lookups.push(Buffer.from(request.bytes))
    if (lookups.length === 1) {
      this.#waiting.set(node.id, lookups)
      this.#options.writer.control(toAgent.LISTEN, node.id)
    }
    this.#timer ??= setTimeout(() => {
      this.#isSilent = true
      this.#replyToAll()
    }, this.#options.agentMs ?? agentMs)
    request.isPostponed = true
    return true
  }

  /** Handles a report of the agent. Returns false if the report is not about a listener. */
  report(what: string, node: number, errno: number): boolean {
    switch (what) {
      case mountAgent.listenerStarted:
        this.#isSilent = false
        this.#listening.clear()
        // A listener process that has ended may have lost these requests.
        for (const id of this.#waiting.keys()) this.#options.writer.control(toAgent.LISTEN, id)
        return true
      case mountAgent.listening:
        this.#isSilent = false
        if (errno === 0) this.#listening.add(node)
        this.#reply(node)
        return true
      case mountAgent.notListening:
        this.#listening.delete(node)
        return true
      default:
        return false
    }
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
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }

  #replyToAll(): void {
    for (const node of [...this.#waiting.keys()]) this.#reply(node)
    this.#options.onOutput()
  }

  #reply(node: number): void {
    const lookups = this.#waiting.get(node) ?? []
    this.#waiting.delete(node)
    if (this.#waiting.size === 0) {
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
    this.#isHandlingAgain = true
    try {
      for (const lookup of lookups) this.#options.handle(lookup)
    } finally {
      this.#isHandlingAgain = false
    }
  }
}

/**
 * Handles the agent's MKNOD request in the root of the mount, with which the agent binds a listener to a socket of the
 * host.
 * @throws Refusal EPERM for any other name; ENOENT if the socket no longer exists
 */
export function bindListener(context: ServerContext, request: Request, name: string): void {
  const [, what, digits] = /^\.(\w+):(\d{1,16})$/.exec(name) ?? []
  if (what !== mountAgent.socket) refuse('EPERM')
  const node = context.nodes.get(Number(digits))
  const path = context.files.file(node)
  const file = context.files.isSocket(path) ? context.files.get(path) : refuse('ENOENT')
  node.kernel.toldEntry(file)
  reply(context, request, entryBytes, (buffer, at) => {
    writeEntry(
      buffer,
      at,
      node.id,
      { entry: 0, attributes: 0 },
      file,
      reportedOwner(context, request, node, file),
    )
    return undefined
  })
}
