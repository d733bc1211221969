import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import type { Logger } from '../host'
import { bind, listen, message } from '../lib'
import { answerQuery, readQuery, type Resolve } from './dns-answers'
import { withLength } from './dns-message'

/** The most queries that Berth answers simultaneously. Further queries get no reply, and their clients ask again. */
const mostQueries = 256
const mostConnections = 64
/** Milliseconds after which Berth closes a silent TCP connection. */
const idleMs = 10_000

/**
 * A name server for the machine, over UDP and TCP on one port of the host's loopback. The server answers each query
 * with one message to the sender. It ignores other UDP packets, and closes a TCP connection that sends anything else.
 */
export class DnsServer {
  readonly #resolve: Resolve
  readonly #log: Logger
  readonly #udp: UdpSocket
  readonly #tcp: Server
  readonly #connections = new Set<Socket>()
  #running = 0
  #isClosed = false

  private constructor(resolve: Resolve, log: Logger) {
    this.#resolve = resolve
    this.#log = log
    this.#udp = createSocket('udp4')
    this.#tcp = createServer((socket) => {
      this.#serve(socket)
    })
  }

  /** @throws the system's error if the server cannot listen on any port */
  static async listen(resolve: Resolve, log: Logger): Promise<DnsServer> {
    for (let attempt = 1; ; attempt += 1) {
      const server = new DnsServer(resolve, log)
      try {
        await server.#listen()
        return server
      } catch (error) {
        await server.close()
        // The UDP port may be taken for TCP. Another attempt gets another port.
        if (attempt === 5) throw error
      }
    }
  }

  /** The port for both UDP and TCP. */
  get port(): number {
    return this.#udp.address().port
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const socket of this.#connections) socket.destroy()
    await new Promise<void>((resolve) => {
      this.#udp.close(resolve)
    }).catch(() => undefined)
    if (!this.#tcp.listening) return
    await new Promise((resolve) => this.#tcp.close(resolve))
  }

  async #listen(): Promise<void> {
    const port = await bind(this.#udp, { port: 0, address: '127.0.0.1' })
    this.#udp.on('message', (data, { address, port }) => {
      void this.#answer(data, 'udp').then((answer) => {
        if (answer !== undefined && !this.#isClosed) this.#udp.send(answer, port, address, () => undefined)
      })
    })
    this.#udp.on('error', (error) => {
      this.#log.warn({ reason: message(error) }, 'the UDP socket of the name server failed')
    })
    this.#tcp.maxConnections = mostConnections
    await listen(this.#tcp, { port, host: '127.0.0.1' })
    this.#tcp.on('error', (error) => {
      this.#log.warn({ reason: message(error) }, 'the TCP listener of the name server failed')
    })
  }

  async #answer(data: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    const query = readQuery(data)
    if (query === undefined || this.#running >= mostQueries) return undefined
    this.#running += 1
    try {
      return await answerQuery(query, transport, this.#resolve)
    } catch (error) {
      this.#log.warn({ reason: message(error) }, 'could not answer a DNS query')
      return undefined
    } finally {
      this.#running -= 1
    }
  }

  /** Over TCP, each message follows its length in two bytes. */
  #serve(socket: Socket): void {
    this.#connections.add(socket)
    socket.on('close', () => this.#connections.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(idleMs, () => socket.destroy())
    let held = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0)
        void this.#answer(held.subarray(2, end), 'tcp').then((answer) => {
          if (answer === undefined) socket.destroy()
          else if (!socket.destroyed) socket.write(withLength(answer))
        })
        held = held.subarray(end)
      }
    })
  }
}
