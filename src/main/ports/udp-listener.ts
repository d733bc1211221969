import { createSocket, type Socket } from 'node:dgram'
import { LRUCache } from 'lru-cache'
import { bind } from '../lib'

interface Endpoint {
  address: string
  port: number
}

/**
 * `senders`: how many senders may have a socket. `idleMs`: milliseconds after the last datagram until Berth closes a
 * sender's socket.
 */
const limits = { senders: 1024, idleMs: 90_000 }

interface Sender {
  socket: Socket
  timer: NodeJS.Timeout
  isClosed: boolean
  /** The target of the sender's last datagram. */
  target: Endpoint | undefined
  /** Whether the target has answered. After that, the target no longer changes. */
  hasAnswer: boolean
}

/**
 * Returns the IPv4 target for a sender's datagrams. Called for each datagram until the sender has received an answer.
 */
export type UdpTarget = () => Promise<Endpoint>

/** A UDP port of the host on an IPv6 address. Sends its datagrams to an IPv4 address, and returns the answers. */
export class UdpListener {
  readonly #socket: Socket
  readonly #target: UdpTarget
  readonly #senders = new LRUCache<string, Sender>({
    max: limits.senders,
    dispose: (sender) => {
      clearTimeout(sender.timer)
      sender.isClosed = true
      sender.socket.close()
    },
  })

  /** Call {@link UdpListener.listen} instead. */
  constructor(socket: Socket, target: UdpTarget) {
    this.#socket = socket
    this.#target = target
    socket.on('message', (message, from) => {
      void this.#send(message, this.#senderAt(from))
    })
    // An answer that cannot be delivered is lost, as any datagram may be.
    socket.on('error', () => undefined)
  }

  /** @throws the system's error, e.g. EADDRINUSE */
  static async listen(where: Endpoint, target: UdpTarget): Promise<UdpListener> {
    const socket = createSocket({ type: 'udp6', ipv6Only: true })
    try {
      await bind(socket, where)
    } catch (error) {
      socket.close()
      throw error
    }
    return new UdpListener(socket, target)
  }

  async close(): Promise<void> {
    this.#senders.clear()
    await new Promise<void>((resolve) => {
      this.#socket.close(resolve)
    })
  }

  async #send(message: Buffer, sender: Sender): Promise<void> {
    // If there is no route into the machine, the datagram is lost.
    if (!sender.hasAnswer) sender.target = await this.#target().catch(() => undefined)
    const { target } = sender
    if (target !== undefined && !sender.isClosed) sender.socket.send(message, target.port, target.address)
  }

  /**
   * Returns the record of a sender. Each sender has its own socket, so that Berth knows to which sender an answer
   * belongs.
   */
  #senderAt({ address, port }: Endpoint): Sender {
    const key = `${address} ${port}`
    const known = this.#senders.get(key)
    if (known !== undefined) {
      known.timer.refresh()
      return known
    }
    const socket = createSocket('udp4')
    const timer = setTimeout(() => {
      this.#senders.delete(key)
    }, limits.idleMs)
    timer.unref()
    const sender: Sender = { socket, timer, isClosed: false, target: undefined, hasAnswer: false }
    socket.on('message', (answer, { port: from }) => {
      if (from !== sender.target?.port) return
      sender.hasAnswer = true
      timer.refresh()
      this.#socket.send(answer, port, address)
    })
    // If nothing listens at the target, the sender gets no answer.
    socket.on('error', () => undefined)
    this.#senders.set(key, sender)
    return sender
  }
}
