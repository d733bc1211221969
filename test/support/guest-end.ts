import type { Socket } from 'node:net'
import {
  controlOpcode,
  fromAgent,
  maxTransfer,
  outHeaderBytes,
  readNumber,
  toAgent,
} from '../../src/main/file-server/protocol/fuse'
import { MessageReader } from '../../src/main/file-server/protocol/message-reader'
import { message } from './fuse-client'

/** Plays the guest at its end of the connection, including the agent's pump. */
export class GuestEnd {
  received = 0
  /** The control messages that the host has sent to the agent. */
  readonly controls: number[] = []
  /** The types of the jobs that the host has sent to the agent's helper. */
  readonly jobs: number[] = []
  readonly #reader = new MessageReader(outHeaderBytes, 2 * maxTransfer)
  readonly #waiting = new Map<number, (payload: Buffer) => void>()
  #unique = 2

  readonly socket: Socket

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.length
      this.#reader.push(chunk)
      for (let answer = this.#reader.next(); answer; answer = this.#reader.next()) this.#receive(answer)
    })
  }

  /** Sends the agent's hello. The default is the hello that the agent sends after it has mounted the file system. */
  greet(hello: number = fromAgent.HELLO_MOUNTED): void {
    this.#control(hello)
  }

  /** Answers a pause and a sync immediately, as the agent's pump does. */
  #receive(answer: Buffer): void {
    if (answer.readUInt32LE(8) === controlOpcode && answer.readUInt32LE(12) === controlOpcode) {
      const code = answer.readInt32LE(4)
      if (code === toAgent.JOB) {
        this.jobs.push(answer.readUInt32LE(outHeaderBytes))
        return
      }
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
