import { createSocket, type Socket } from 'node:dgram'
import { bind } from '../lib'

interface Endpoint {
  address: string
  port: number
}

/** How many senders are told apart at a time, and for how long after their last datagram, milliseconds. */
const limits = { senders: 1024, idle: 90_000 }

interface Sender {
  socket: Socket
  timer: NodeJS.Timeout
}

/** Carries the datagrams that reach an IPv6 address of the host on to an IPv4 one, and the answers back. */
export class UdpRelay {
  readonly #listener: Socket
  readonly #target: Endpoint
  readonly #senders = new Map<string, Sender>()

  private constructor(listener: Socket, target: Endpoint) {
    this.#listener = listener
    this.#target = target
    listener.on('message', (message, sender) => {
      this.#socketOf(sender).send(message, this.#target.port, this.#target.address)
    })
    // An answer that cannot be delivered is lost, as datagrams may be.
    listener.on('error', () => undefined)
  }

  /** Rejects with the listener's system error, e.g. EADDRINUSE. */
  static async listen(host: Endpoint, target: Endpoint): Promise<UdpRelay> {
    const listener = createSocket({ type: 'udp6', ipv6Only: true })
    await bind(listener, host)
    return new UdpRelay(listener, target)
  }

  async close(): Promise<void> {
    for (const key of [...this.#senders.keys()]) this.#forget(key)
    await new Promise<void>((resolve) => {
      this.#listener.close(resolve)
    })
  }

  #socketOf({ address, port }: Endpoint): Socket {
    const key = `${address} ${port}`
    const known = this.#senders.get(key)
    if (known !== undefined) {
      known.timer.refresh()
      return known.socket
    }
    const [oldest] = this.#senders.keys()
    if (oldest !== undefined && this.#senders.size >= limits.senders) this.#forget(oldest)
    const socket = createSocket('udp4')
    socket.on('message', (answer, { port: from }) => {
      if (from !== this.#target.port) return
      this.#senders.get(key)?.timer.refresh()
      this.#listener.send(answer, port, address)
    })
    // Nobody listens there: the sender gets no answer.
    socket.on('error', () => undefined)
    const timer = setTimeout(() => {
      this.#forget(key)
    }, limits.idle)
    timer.unref()
    this.#senders.set(key, { socket, timer })
    return socket
  }

  #forget(key: string): void {
    const sender = this.#senders.get(key)
    this.#senders.delete(key)
    if (sender === undefined) return
    clearTimeout(sender.timer)
    sender.socket.close()
  }
}
