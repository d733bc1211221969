import { createSocket, type Socket } from 'node:dgram'
import { LRUCache } from 'lru-cache'
import { bind } from '../lib'

interface Endpoint {
  address: string
  port: number
}

/** How many senders may have a socket, and for how many milliseconds after their last datagram. */
const limits = { senders: 1024, idleMs: 90_000 }

interface Sender {
  socket: Socket
  timer: NodeJS.Timeout
}

/** A UDP port of the host on an IPv6 address. Carries its datagrams to an IPv4 address and the answers back. */
export class UdpListener {
  readonly #socket: Socket
  readonly #target: Endpoint
  readonly #senders = new LRUCache<string, Sender>({
    max: limits.senders,
    dispose: ({ socket, timer }) => {
      clearTimeout(timer)
      socket.close()
    },
  })

  /** Use {@link UdpListener.listen}. */
  constructor(socket: Socket, target: Endpoint) {
    this.#socket = socket
    this.#target = target
    socket.on('message', (message, sender) => {
      this.#socketOf(sender).send(message, target.port, target.address)
    })
    // An answer that cannot be delivered is lost, like any datagram may be.
    socket.on('error', () => undefined)
  }

  /** @throws the system's error, e.g. EADDRINUSE */
  static async listen(where: Endpoint, target: Endpoint): Promise<UdpListener> {
    const socket = createSocket({ type: 'udp6', ipv6Only: true })
    await bind(socket, where)
    return new UdpListener(socket, target)
  }

  async close(): Promise<void> {
    this.#senders.clear()
    await new Promise<void>((resolve) => {
      this.#socket.close(resolve)
    })
  }

  /** Each sender has a socket of its own, so that answers find their way back. */
  #socketOf({ address, port }: Endpoint): Socket {
    const key = `${address} ${port}`
    const known = this.#senders.get(key)
    if (known !== undefined) {
      known.timer.refresh()
      return known.socket
    }
    const socket = createSocket('udp4')
    socket.on('message', (answer, { port: from }) => {
      if (from !== this.#target.port) return
      this.#senders.get(key)?.timer.refresh()
      this.#socket.send(answer, port, address)
    })
    // If nothing listens at the target, the sender gets no answer.
    socket.on('error', () => undefined)
    const timer = setTimeout(() => {
      this.#senders.delete(key)
    }, limits.idleMs)
    timer.unref()
    this.#senders.set(key, { socket, timer })
    return socket
  }
}
