import type { Socket } from 'node:net'
import {
  controlOpcode,
  fromAgent,
  maxTransfer,
  outHeaderBytes,
  readNumber,
  toAgent,
} from '../../src/main/file-server/protocol/fuse'
import { Inbox } from '../../src/main/file-server/protocol/inbox'
import { message } from './fuse-client'

/** The guest's end of the link. */
export class GuestEnd {
  received = 0
  /** What the host has told the agent. */
  readonly controls: number[] = []
  readonly #inbox = new Inbox(outHeaderBytes, 2 * maxTransfer)
  readonly #waiting = new Map<number, (payload: Buffer) => void>()
  #unique = 2

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.length
      this.#inbox.push(chunk)
      for (let answer = this.#inbox.next(); answer; answer = this.#inbox.next()) this.#take(answer)
    })
  }

  /** As the agent does when it has mounted. */
  greet(): void {
    this.#control(fromAgent.HELLO_MOUNTED)
  }

  /** The agent's pump answers a pause and a sync at once. */
  #take(answer: Buffer): void {
    if (answer.readUInt32LE(8) === controlOpcode && answer.readUInt32LE(12) === controlOpcode) {
      const code = answer.readInt32LE(4)
      if (code === toAgent.JOB) return
      this.controls.push(code)
      if (code === toAgent.PAUSE) this.#control(fromAgent.PAUSED)
      if (code === toAgent.SYNC) this.#control(fromAgent.SYNCED)
    } else this.#waiting.get(readNumber(answer, 8))?.(Buffer.from(answer.subarray(outHeaderBytes)))
  }

  #control(code: number): void {
    const bytes = message(controlOpcode, 0, code, 7, Buffer.alloc(0))
    for (const at of [8, 12]) bytes.writeUInt32LE(controlOpcode, at)
    this.socket.write(bytes)
  }

  ask(code: number, node: number, body: Buffer): Promise<Buffer> {
    const unique = (this.#unique += 2)
    return new Promise((resolve) => {
      this.#waiting.set(unique, resolve)
      this.socket.write(message(code, unique, node, 1, body))
    })
  }
}
