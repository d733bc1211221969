import { LRUCache } from 'lru-cache'
import { opcode, outHeaderBytes, resendBit, type Request } from './fuse'
import type { MessageWriter } from './message-writer'

interface CachedReply {
  code: number
  payload: Buffer
}

/** Operations that must not run twice for one request, because the second run would give another result. */
const notRepeatable: ReadonlySet<number> = new Set([
  ...[opcode.SYMLINK, opcode.MKNOD, opcode.MKDIR, opcode.UNLINK, opcode.RMDIR, opcode.RENAME, opcode.RENAME2],
  ...[
    opcode.LINK,
    opcode.CREATE,
    opcode.OPEN,
    opcode.OPENDIR,
    opcode.LOOKUP,
    opcode.SETXATTR,
    opcode.REMOVEXATTR,
  ],
  // A write may append to the file.
  opcode.WRITE,
])
const maxReplies = 256

/**
 * The last replies, because the kernel may send a request again. After a restart of the agent or the connection, the
 * kernel cannot know whether its request was handled.
 */
export class ReplyCache {
  readonly #replies = new LRUCache<string, CachedReply>({ max: maxReplies })

  /** Stores the reply to this request. The reply must be the message that was committed last. */
  add(request: Request, writer: MessageWriter): void {
    if (!notRepeatable.has(request.opcode)) return
    const reply = writer.last
    const payload = Buffer.from(reply.subarray(outHeaderBytes))
    this.#replies.set(key(request), { code: reply.readInt32LE(4), payload })
  }

  find(request: Request): CachedReply | undefined {
    return this.#replies.get(key(request))
  }
}

function key({ uniqueLow, uniqueHigh, opcode: code }: Request): string {
  return `${code} ${uniqueHigh % resendBit} ${uniqueLow}`
}
