import type { Socket } from 'node:net'
import { listenForOnePeer, type OnePeer, type PeerAddress } from '../lib'
import { FileServer, type FileServerOptions } from './file-server'
import { controlOpcode, fromAgent, inHeaderBytes, maxMessage, toAgent } from './protocol/fuse'
import { Inbox } from './protocol/inbox'
import type { ShareRoot } from './tree/nodes'
import { restoreServer, snapshotOf, type MountsSnapshot } from './snapshot'

/** Unsent answers, bytes, above which nothing more is read: a guest that asks and never listens is not served. */
const mostUnsent = 16 * 2 ** 20

export interface GuestLinkOptions {
  platform: NodeJS.Platform
  ownFolder?: string | undefined
  onMounted: (errno: number) => void
  onForeignOwner: (path: string, share: ShareRoot) => void
  onGone: (share: ShareRoot) => void
  /** The machine has hung up, or sent what no agent sends. */
  onClosed: (reason: string) => void
}

/** The file server on its road to the guest: a socket that QEMU connects to a virtio-serial port. */
export class GuestLink {
  #shares: readonly ShareRoot[] = []
  #server: FileServer
  #peer: OnePeer | undefined
  #socket: Socket | undefined
  #inbox = newInbox()
  /** Until the agent has greeted, what comes may begin in the middle of a message. */
  #greeted = false
  #unread: Buffer = Buffer.alloc(0)
  #scheduled = false
  #paused: { resolve: () => void; reject: (error: Error) => void } | undefined

  constructor(private readonly options: GuestLinkOptions) {
    this.#server = this.#newServer()
  }

  /** Nothing more is read until the guest has taken what it was sent. */
  get isHeldUp(): boolean {
    return this.#socket?.isPaused() === true
  }

  get server(): FileServer {
    return this.#server
  }

  /** Where one QEMU is to connect. What came before is hung up. */
  async listen(): Promise<PeerAddress> {
    this.hangUp()
    const peer = await listenForOnePeer(this.options.platform)
    this.#peer = peer
    if ('path' in peer.address) this.#servePeer(peer)
    return peer.address
  }

  /** On a loopback port anybody may have been first: QEMU's own end of the connection is `port`. */
  confirm(port: number): void {
    if (this.#peer) this.#servePeer(this.#peer, port)
  }

  #servePeer({ peer }: OnePeer, port?: number): void {
    void peer.then(
      (socket) => {
        if (port === undefined || socket.remotePort === port) this.#serve(socket)
        else {
          socket.destroy()
          this.options.onClosed('another program than QEMU has connected')
        }
      },
      () => undefined,
    )
  }

  setShares(shares: readonly ShareRoot[]): void {
    this.#shares = shares
    this.#server.setShares(shares)
  }

  /** See {@link FileServer.forgetShare}. */
  forgetShare(id: string): void {
    this.#server.forgetShare(id)
  }

  /** Resolves when nothing is under way in either direction and the guest asks nothing more, until `release`. */
  quiesce(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#socket || !this.#greeted) {
        // A machine without the agent has nothing under way.
        resolve()
        return
      }
      this.#paused = { resolve, reject }
      this.#server.control(toAgent.PAUSE)
    })
  }

  release(): void {
    this.#server.control(toAgent.RESUME)
  }

  snapshot(): MountsSnapshot {
    return snapshotOf(this.#server)
  }

  /** Goes on with a guest that was quiesced: with the same connection, or with the next that comes. */
  restore(snapshot: MountsSnapshot): void {
    this.#server.close()
    this.#server = restoreServer(snapshot, this.#serverOptions())
    this.#shares = this.#server.shares
    this.#greeted = true
  }

  hangUp(): void {
    this.#dropPeer()
    this.#socket?.destroy()
    this.#socket = undefined
    this.#greeted = false
    this.#paused?.reject(new Error('the machine has hung up'))
    this.#paused = undefined
  }

  close(): void {
    this.hangUp()
    this.#server.close()
  }

  /** Also one that has connected and was never confirmed. */
  #dropPeer(): void {
    const peer = this.#peer
    this.#peer = undefined
    peer?.close()
    void peer?.peer.then(
      (socket) => {
        if (this.#socket !== socket) socket.destroy()
      },
      () => undefined,
    )
  }

  #serve(socket: Socket): void {
    this.#socket = socket
    this.#inbox = newInbox()
    this.#unread = Buffer.alloc(0)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      if (this.#greeted) this.#inbox.push(chunk)
      else this.#awaitGreeting(chunk)
      this.#work(socket)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#greeted = false
      this.#paused?.reject(new Error('the machine has hung up'))
      this.#paused = undefined
      this.options.onClosed('the machine has hung up')
    })
    this.#send()
  }

  /** Answers what has come, up to what the guest is ready to take; it goes on when the guest has taken that. */
  #work(socket: Socket): void {
    try {
      while (this.#socket === socket && !socket.isPaused()) {
        const message = this.#inbox.next()
        if (!message) break
        this.#onMessage(message)
        if (socket.writableLength + this.#server.unsent > mostUnsent) this.#send()
      }
      this.#send()
    } catch (error) {
      // Nothing that follows could be understood.
      this.options.onClosed(error instanceof Error ? error.message : String(error))
      socket.destroy()
    }
  }

  /** The agent greets whoever is new, between two messages. */
  #awaitGreeting(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#unread, chunk])
    const at = bytes.indexOf(greeting)
    if (at === -1) {
      this.#unread = bytes.subarray(Math.max(0, bytes.length - greeting.length))
      return
    }
    this.#greeted = true
    this.#unread = Buffer.alloc(0)
    this.#inbox.push(bytes.subarray(at))
  }

  #onMessage(message: Buffer): void {
    if (message.readUInt32LE(4) === controlOpcode && message.readUInt32LE(16) === fromAgent.HELLO_MOUNTED) {
      // A new mount: the numbers of an earlier one mean nothing in it.
      this.#server.close()
      this.#server = this.#newServer()
    }
    this.#server.handle(message)
  }

  #send(): void {
    const socket = this.#socket
    if (!socket || !this.#greeted) return
    const pieces = this.#server.take()
    if (pieces.length === 0) return
    socket.cork()
    for (const piece of pieces) socket.write(piece)
    socket.uncork()
    if (socket.writableLength > mostUnsent && !socket.isPaused()) {
      socket.pause()
      socket.once('drain', () => {
        socket.resume()
        this.#work(socket)
      })
    }
  }

  #newServer(): FileServer {
    return new FileServer({ ...this.#serverOptions(), shares: this.#shares })
  }

  #serverOptions(): Omit<FileServerOptions, 'shares'> {
    const { platform, ownFolder, onMounted, onForeignOwner, onGone } = this.options
    return {
      platform,
      ownFolder,
      onMounted,
      onForeignOwner,
      onGone,
      onOutput: () => {
        this.#schedule()
      },
      onHello: (again) => {
        if (again) this.#onAgain()
      },
      onPaused: () => {
        this.#server.control(toAgent.SYNC)
      },
      onSynced: () => {
        this.#paused?.resolve()
        this.#paused = undefined
      },
    }
  }

  /** Another server may have answered before: what the kernel remembers of that is to go. */
  #onAgain(): void {
    if (this.#server.hasMounted) return
    this.#server.mountShares()
    this.#server.dropCaches()
  }

  /** Once for all that one turn of the loop puts out. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#send()
    })
  }
}

const greeting = (() => {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(inHeaderBytes, 0)
  for (const at of [4, 8, 12]) bytes.writeUInt32LE(controlOpcode, at)
  return bytes
})()

function newInbox(): Inbox {
  return new Inbox(inHeaderBytes, maxMessage)
}
