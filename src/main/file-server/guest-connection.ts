import type { Socket } from 'node:net'
import { listenForOnePeer, message as reasonOf, type OnePeer, type PeerAddress } from '../lib'
import { FileServer, type FileServerOptions } from './file-server'
import { controlOpcode, fromAgent, inHeaderBytes, maxMessage, toAgent } from './protocol/fuse'
import { MessageReader } from './protocol/message-reader'
import { restoreServer, snapshotOf, type MountsSnapshot } from './snapshot'
import type { ShareRoot } from './tree/node'

/**
 * While more than this many bytes are unsent, the server reads no requests. A guest that never reads its replies is
 * therefore not served.
 */
const maxUnsentBytes = 16 * 2 ** 20

export interface GuestConnectionOptions {
  platform: NodeJS.Platform
  ownFolders?: readonly string[] | undefined
  onMounted: (errno: number) => void
  onForeignOwner: (path: string, share: ShareRoot) => void
  onGone: (share: ShareRoot) => void
  /**
   * Called if the machine has closed the connection or has sent an invalid message. Also called if a program other than
   * QEMU has connected.
   */
  onClosed: (reason: string) => void
}

/** Connects a file server to the guest, through a socket that QEMU connects to a virtio-serial port. */
export class GuestConnection {
  readonly #options: GuestConnectionOptions
  #shares: readonly ShareRoot[] = []
  #server: FileServer
  /** True if the server knows what the kernel has cached. False if it may have cached replies of an earlier server. */
  #isCacheKnown = false
  #peer: OnePeer | undefined
  #socket: Socket | undefined
  #reader = newReader()
  /** True once the agent's greeting has arrived. Bytes before the greeting may begin in the middle of a message. */
  #greeted = false
  #beforeGreeting: Buffer = Buffer.alloc(0)
  #sendScheduled = false
  #quiescing: { resolve: () => void; reject: (error: Error) => void } | undefined

  constructor(options: GuestConnectionOptions) {
    this.#options = options
    this.#server = this.#newServer()
  }

  /** True while the server reads no requests because the guest has too many unread replies. */
  get isHeldUp(): boolean {
    return this.#socket?.isPaused() === true
  }

  get server(): FileServer {
    return this.#server
  }

  /** Returns the address that the next QEMU must connect to. Closes the connection that is open. */
  async listen(): Promise<PeerAddress> {
    this.hangUp()
    const peer = await listenForOnePeer(this.#options.platform)
    this.#peer = peer
    if ('path' in peer.address) this.#servePeer(peer)
    return peer.address
  }

  /**
   * Serves the connection if its remote port is `port`, the port of QEMU's own end. Otherwise closes the connection.
   * On a loopback port, any program could have connected before QEMU.
   */
  confirm(port: number): void {
    if (this.#peer) this.#servePeer(this.#peer, port)
  }

  #servePeer({ peer }: OnePeer, port?: number): void {
    void peer.then(
      (socket) => {
        if (port === undefined || socket.remotePort === port) this.#serve(socket)
        else {
          socket.destroy()
          this.#options.onClosed('a program other than QEMU has connected')
        }
      },
      () => undefined,
    )
  }

  setShares(shares: readonly ShareRoot[]): void {
    this.#shares = shares
    this.#server.setShares(shares)
  }

  /** See {@link FileServer.expireShare}. */
  expireShare(id: string): void {
    this.#server.expireShare(id)
  }

  /**
   * Resolves when no message is in transit in either direction. The guest sends no further requests until `release` is
   * called.
   */
  quiesce(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#socket || !this.#greeted) {
        // If the agent has not connected, no message is in transit.
        resolve()
        return
      }
      this.#quiescing = { resolve, reject }
      this.#server.control(toAgent.PAUSE)
    })
  }

  release(): void {
    this.#server.control(toAgent.RESUME)
  }

  snapshot(): MountsSnapshot {
    return snapshotOf(this.#server)
  }

  /**
   * Restores the server for a guest that was quiesced. The guest continues on the same connection or on the next one.
   */
  restore(snapshot: MountsSnapshot): void {
    this.#server.close()
    this.#server = restoreServer(snapshot, this.#serverOptions())
    this.#shares = this.#server.shares
    this.#isCacheKnown = true
    this.#greeted = true
  }

  hangUp(): void {
    this.#dropPeer()
    this.#socket?.destroy()
    this.#socket = undefined
    this.#greeted = false
    this.#quiescing?.reject(new Error('the machine has closed the connection'))
    this.#quiescing = undefined
  }

  close(): void {
    this.hangUp()
    this.#server.close()
  }

  /** Closes the peer. Also closes a connection that was never confirmed. */
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
    this.#reader = newReader()
    this.#beforeGreeting = Buffer.alloc(0)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      if (this.#greeted) this.#reader.push(chunk)
      else this.#awaitGreeting(chunk)
      this.#handleMessages(socket)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#greeted = false
      this.#quiescing?.reject(new Error('the machine has closed the connection'))
      this.#quiescing = undefined
      this.#options.onClosed('the machine has closed the connection')
    })
    this.#send()
  }

  /** Handles the messages that have arrived. If too many replies are unsent, pauses until the guest has read them. */
  #handleMessages(socket: Socket): void {
    try {
      while (this.#socket === socket && !socket.isPaused()) {
        const message = this.#reader.next()
        if (!message) break
        this.#onMessage(message)
        if (socket.writableLength + this.#server.unsentBytes > maxUnsentBytes) this.#send()
      }
      this.#send()
    } catch (error) {
      // The rest of the stream cannot be understood after an invalid message.
      this.#options.onClosed(reasonOf(error))
      socket.destroy()
    }
  }

  /** Waits for the agent's greeting. The agent greets every new server, between two messages. */
  #awaitGreeting(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#beforeGreeting, chunk])
    const at = bytes.indexOf(greeting)
    if (at === -1) {
      this.#beforeGreeting = bytes.subarray(Math.max(0, bytes.length - greeting.length))
      return
    }
    this.#greeted = true
    this.#beforeGreeting = Buffer.alloc(0)
    this.#reader.push(bytes.subarray(at))
  }

  #onMessage(message: Buffer): void {
    if (message.readUInt32LE(4) === controlOpcode && message.readUInt32LE(16) === fromAgent.HELLO_MOUNTED) {
      // The agent has a new mount, and the node ids of an earlier mount are not valid in it.
      this.#server.close()
      this.#server = this.#newServer()
      this.#isCacheKnown = true
    }
    this.#server.handle(message)
  }

  #send(): void {
    const socket = this.#socket
    if (!socket || !this.#greeted) return
    const pieces = this.#server.drain()
    if (pieces.length === 0) return
    socket.cork()
    for (const piece of pieces) socket.write(piece)
    socket.uncork()
    if (socket.writableLength > maxUnsentBytes && !socket.isPaused()) {
      socket.pause()
      socket.once('drain', () => {
        socket.resume()
        this.#handleMessages(socket)
      })
    }
  }

  #newServer(): FileServer {
    return new FileServer({ ...this.#serverOptions(), shares: this.#shares })
  }

  #serverOptions(): Omit<FileServerOptions, 'shares'> {
    const { platform, ownFolders, onMounted, onForeignOwner, onGone } = this.#options
    return {
      platform,
      ownFolders,
      onMounted,
      onForeignOwner,
      onGone,
      onOutput: () => {
        this.#scheduleSend()
      },
      onHello: (again) => {
        if (again) this.#onAgain()
      },
      onPaused: () => {
        this.#server.control(toAgent.SYNC)
      },
      onSynced: () => {
        this.#quiescing?.resolve()
        this.#quiescing = undefined
      },
    }
  }

  /**
   * Call this method when the agent has connected again. After a crash of the thread, the kernel has cached replies of
   * an earlier server.
   */
  #onAgain(): void {
    if (this.#isCacheKnown) return
    this.#isCacheKnown = true
    this.#server.expireEarlierReplies()
  }

  /** Sends the output of one turn of the event loop together. */
  #scheduleSend(): void {
    if (this.#sendScheduled) return
    this.#sendScheduled = true
    setImmediate(() => {
      this.#sendScheduled = false
      this.#send()
    })
  }
}

/** The first bytes of a control message without a body. Only the agent itself sends such a message. */
const greeting = (() => {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(inHeaderBytes, 0)
  for (const at of [4, 8, 12]) bytes.writeUInt32LE(controlOpcode, at)
  return bytes
})()

function newReader(): MessageReader {
  return new MessageReader(inHeaderBytes, maxMessage)
}
