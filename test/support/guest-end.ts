import type { Socket } from 'node:net'
import { controlOpcode, fromAgent, maxTransfer, outHeaderBytes, readNumber } from '../../src/main/mounts/fuse'
import { Inbox } from '../../src/main/mounts/inbox'
import { message } from './fuse-client'

/** The guest's end of the link. */
export class GuestEnd {
  received = 0
  readonly #inbox = new Inbox(outHeaderBytes, 2 * maxTransfer)
  readonly #waiting = new Map<number, (payload: Buffer) => void>()
  #unique = 2

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.length
      this.#inbox.push(chunk)
      for (let answer = this.#inbox.next(); answer; answer = this.#inbox.next())
        this.#waiting.get(readNumber(answer, 8))?.(Buffer.from(answer.subarray(outHeaderBytes)))
    })
  }

  /** As the agent does when it has mounted. */
  greet(): void {
    const hello = message(controlOpcode, 0, fromAgent.HELLO_MOUNTED, 7, Buffer.alloc(0))
    for (const at of [8, 12]) hello.writeUInt32LE(controlOpcode, at)
    this.socket.write(hello)
  }

  ask(code: number, node: number, body: Buffer): Promise<Buffer> {
    const unique = (this.#unique += 2)
    return new Promise((resolve) => {
      this.#waiting.set(unique, resolve)
      this.socket.write(message(code, unique, node, 1, body))
    })
  }
}
