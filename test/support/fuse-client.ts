import { FileServer, type FileServerOptions } from '../../src/main/file-server/file-server'
import {
  controlOpcode,
  inHeaderBytes,
  opcode,
  outHeaderBytes,
  readNumber,
  rootId,
  writeNumber,
} from '../../src/main/file-server/protocol/fuse'
import type { ShareRoot } from '../../src/main/file-server/tree/node'

export interface FuseAnswer {
  /** The error number of Linux, or 0 for success. */
  errno: number
  payload: Buffer
}

/** Plays the guest's kernel: sends its FUSE messages. A test may also send invalid messages. */
export class FuseClient {
  readonly server: FileServer
  readonly owners: string[] = []
  readonly gone: string[] = []
  /** All received messages that are not replies: notifications, and control messages to the agent. */
  readonly others: { code: number; bytes: Buffer }[] = []
  #unique = 2
  readonly #nodeOf = new Map<number, number>()
  pid = 100
  user = 0
  readonly #answers = new Map<number, FuseAnswer>()

  constructor(
    shares: readonly ShareRoot[],
    make = (options: Omit<FileServerOptions, 'shares'>) => new FileServer({ ...options, shares }),
  ) {
    this.server = make({
      platform: process.platform,
      onOutput: () => undefined,
      onForeignOwner: (path) => this.owners.push(path),
      onGone: ({ id }) => this.gone.push(id),
      onMounted: () => undefined,
      onHello: () => undefined,
      onPaused: () => undefined,
      onSynced: () => undefined,
    })
  }

  /** Sends a control message with the helper's process id, as the agent's pump does after the pump or helper starts. */
  control(code: number, helperPid: number): void {
    const bytes = message(controlOpcode, 0, code, helperPid, Buffer.alloc(0))
    for (const at of [8, 12]) bytes.writeUInt32LE(controlOpcode, at)
    this.raw(bytes)
  }

  /** Sends the requests of `act` as the machine's process `pid`. */
  as<T>(pid: number, act: () => T): T {
    const before = this.pid
    this.pid = pid
    try {
      return act()
    } finally {
      this.pid = before
    }
  }

  /** Sends the requests of `act` as a process of this user, and of the group with the same number. */
  owned<T>(user: number, act: () => T): T {
    const before = this.user
    this.user = user
    try {
      return act()
    } finally {
      this.user = before
    }
  }

  /** Sends raw bytes and receives the server's messages. */
  raw(bytes: Buffer): void {
    this.server.handle(bytes)
    this.receive()
  }

  /** Receives the messages that the server has sent since the last call. */
  receive(): void {
    let bytes = Buffer.concat(this.server.drain())
    while (bytes.length > 0) {
      const length = bytes.readUInt32LE(0)
      const unique = readNumber(bytes, 8)
      const code = bytes.readInt32LE(4)
      if (code > 0) this.others.push({ code, bytes: bytes.subarray(0, length) })
      else
        this.#answers.set(unique, { errno: Math.abs(code), payload: bytes.subarray(outHeaderBytes, length) })
      bytes = bytes.subarray(length)
    }
  }

  /** Sends a request. The returned function receives its answer, or returns undefined while there is none. */
  send(code: number, node: number, body: Buffer = Buffer.alloc(0)): () => FuseAnswer | undefined {
    const unique = (this.#unique += 2)
    const bytes = message(code, unique, node, this.pid, body)
    for (const at of [24, 28]) bytes.writeUInt32LE(this.user, at)
    this.raw(bytes)
    return () => {
      this.receive()
      return this.#answers.get(unique)
    }
  }

  ask(code: number, node: number, body?: Buffer): FuseAnswer {
    const answer = this.send(code, node, body)()
    if (!answer) throw new Error(`no answer to operation ${code}`)
    return answer
  }

  lookup(
    node: number,
    name: string | Buffer,
  ): { errno: number; node: number; mode: number; size: number; validity: number } {
    const { errno, payload } = this.ask(opcode.LOOKUP, node, text(name))
    if (errno !== 0) return { errno, node: 0, mode: 0, size: 0, validity: 0 }
    return {
      errno: payload.readUInt32LE(0) === 0 && readNumber(payload, 0) === 0 ? 2 : 0,
      node: readNumber(payload, 0),
      mode: payload.readUInt32LE(100),
      size: readNumber(payload, 48),
      validity: readNumber(payload, 16),
    }
  }

  /** Returns the node id of a path below a shared folder. Looks up each name of the path. */
  walk(share: string, ...names: string[]): number {
    return [share, ...names].reduce((node, name) => {
      const found = this.lookup(node, name)
      if (found.errno !== 0) throw new Error(`${name}: errno ${found.errno}`)
      return found.node
    }, rootId)
  }

  open(node: number, flags = 0): { errno: number; handle: number } {
    const body = Buffer.alloc(8)
    body.writeUInt32LE(flags, 0)
    const { errno, payload } = this.ask(opcode.OPEN, node, body)
    if (errno !== 0) return { errno, handle: 0 }
    const handle = readNumber(payload, 0)
    this.#nodeOf.set(handle, node)
    return { errno, handle }
  }

  read(handle: number, offset = 0, size = 65_536, node = this.#nodeOf.get(handle) ?? 0): FuseAnswer {
    const body = Buffer.alloc(40)
    writeNumber(body, handle, 0)
    writeNumber(body, offset, 8)
    body.writeUInt32LE(size, 16)
    return this.ask(opcode.READ, node, body)
  }

  write(handle: number, data: Buffer, offset = 0, node = this.#nodeOf.get(handle) ?? 0): FuseAnswer {
    const body = Buffer.alloc(40)
    writeNumber(body, handle, 0)
    writeNumber(body, offset, 8)
    body.writeUInt32LE(data.length, 16)
    return this.ask(opcode.WRITE, node, Buffer.concat([body, data]))
  }

  create(
    folder: number,
    name: string,
    flags = 0o101,
    mode = 0o644,
  ): { errno: number; node: number; handle: number } {
    const body = Buffer.alloc(16)
    body.writeUInt32LE(flags, 0)
    body.writeUInt32LE(mode | 0o100000, 4)
    const { errno, payload } = this.ask(opcode.CREATE, folder, Buffer.concat([body, text(name)]))
    if (errno !== 0) return { errno, node: 0, handle: 0 }
    const node = readNumber(payload, 0)
    const handle = readNumber(payload, 128)
    this.#nodeOf.set(handle, node)
    return { errno, node, handle }
  }

  rename(folder: number, name: string, newFolder: number, newName: string): number {
    const body = Buffer.alloc(8)
    writeNumber(body, newFolder, 0)
    return this.ask(opcode.RENAME, folder, Buffer.concat([body, text(name), text(newName)])).errno
  }

  close(): void {
    this.server.close()
  }
}

export function message(code: number, unique: number, node: number, pid: number, body: Buffer): Buffer {
  const bytes = Buffer.alloc(inHeaderBytes + body.length)
  bytes.writeUInt32LE(bytes.length, 0)
  bytes.writeUInt32LE(code >>> 0, 4)
  writeNumber(bytes, unique, 8)
  writeNumber(bytes, node, 16)
  bytes.writeUInt32LE(pid, 32)
  body.copy(bytes, inHeaderBytes)
  return bytes
}

export function text(name: string | Buffer): Buffer {
  return Buffer.concat([typeof name === 'string' ? Buffer.from(name) : name, Buffer.alloc(1)])
}
