import { opcode, outHeaderBytes, resendBit, type Request } from './protocol/fuse'
import type { Outbox } from './protocol/outbox'

interface Answer {
  code: number
  payload: Buffer
}

/** Doing these twice is not the same as doing them once. */
const remembered: ReadonlySet<number> = new Set([
  ...[opcode.SYMLINK, opcode.MKNOD, opcode.MKDIR, opcode.UNLINK, opcode.RMDIR, opcode.RENAME, opcode.RENAME2],
  ...[opcode.LINK, opcode.CREATE, opcode.OPEN, opcode.OPENDIR, opcode.LOOKUP],
])
const kept = 256

/**
 * The last answers, for a kernel that asks again because it cannot know whether it was heard: after the agent or
 * the connection had to begin anew.
 */
export class RecentAnswers {
  readonly #answers = new Map<string, Answer>()

  remember(request: Request, outbox: Outbox): void {
    if (!remembered.has(request.opcode)) return
    const answer = outbox.last
    const payload = Buffer.from(answer.subarray(outHeaderBytes))
    this.#answers.set(key(request), { code: answer.readInt32LE(4), payload })
    if (this.#answers.size <= kept) return
    const [oldest] = this.#answers.keys()
    if (oldest !== undefined) this.#answers.delete(oldest)
  }

  find(request: Request): Answer | undefined {
    return this.#answers.get(key(request))
  }
}

function key({ uniqueLow, uniqueHigh, opcode: code }: Request): string {
  return `${code} ${uniqueHigh % resendBit} ${uniqueLow}`
}
