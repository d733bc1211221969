import { connect, type Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { freePort, systemErrorCode } from '../lib'
import type { Forward, HostForward } from '../qemu'
import { Courier } from './courier'

/** How long a connection that QEMU does not let in is waited for before another is tried, milliseconds. */
const patience = { first: 3, most: 50 }

/** How long one is tried for at all, and how often a port that QEMU then cannot have is chosen anew. */
const limits = { connectMs: 30_000, ports: 5 }

/** Where it leads to: a port of the machine, and one of its addresses unless that does not matter. */
export type GuestEnd = Pick<Forward, 'guestPort' | 'guestAddress'>

/**
 * The way into the machine for the connections of one published port: a forward of QEMU's on a port of the loopback
 * that nobody else knows, set when the first connection comes.
 *
 * QEMU lets one connection wait for its turn (libslirp: `listen(s, 1)`). Of several that come at once the system
 * drops the others, and tries them again after a second, three, seven: a browser's six would take seconds, and of a
 * hundred some were reset after a minute. So they are made here one after the other, and one that was dropped is
 * tried again within milliseconds.
 */
export class MachineEntry {
  readonly #hostForward: HostForward
  readonly #end: GuestEnd
  /** Windows refuses what finds no room to wait (Winsock's `listen`), where others say nothing. */
  readonly #refusesWhenFull: boolean
  #forward: Promise<Forward> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(hostForward: HostForward, end: GuestEnd, platform: NodeJS.Platform = process.platform) {
    this.#hostForward = hostForward
    this.#end = end
    this.#refusesWhenFull = platform === 'win32'
  }

  /**
   * A new connection, of which `client` gets what it says; its end is the caller's to pass on. Rejects with a BerthError
   * of `HostForward.add` or a system error.
   */
  connect(client: Writable): Promise<Socket> {
    const turn = this.#last.then(() => this.#connect(client))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** Connections that stand go on to their end. */
  async close(): Promise<void> {
    this.#closed = true
    const forward = await this.#forward?.catch(() => undefined)
    if (forward !== undefined) await this.#hostForward.remove(forward)
  }

  async #connect(client: Writable): Promise<Socket> {
    this.#forward ??= this.#open()
    const { hostPort } = await this.#forward.catch((error: unknown) => {
      this.#forward = undefined
      throw error
    })
    const end = performance.now() + limits.connectMs
    for (let wait = patience.first; !this.#closed; wait = Math.min(wait * 2, patience.most)) {
      const socket = await connectWithin(client, hostPort, wait, this.#refusesWhenFull)
      if (socket !== undefined) return socket
      if (performance.now() > end) break
    }
    throw new Error('the machine takes no connections')
  }

  async #open(): Promise<Forward> {
    for (let attempt = 1; ; attempt++) {
      const hostPort = await freePort()
      const forward: Forward = { ...this.#end, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort }
      try {
        await this.#hostForward.add(forward)
        return forward
      } catch (error) {
        const { code } = BerthError.from(error)
        if (code !== 'port.taken' || attempt === limits.ports) throw error
      }
    }
  }
}

/** undefined when there is no connection in time, one that was refused included where that may pass. */
function connectWithin(
  client: Writable,
  port: number,
  milliseconds: number,
  refusalPasses: boolean,
): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const courier = new Courier(client)
    const { onread } = courier
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true, onread })
    courier.reads(socket)
    const timer = setTimeout(() => {
      // A busy process hears of the time before it hears of the connection.
      setImmediate(() => {
        if (!socket.connecting && !socket.destroyed) return
        socket.destroy()
        resolve(undefined)
      })
    }, milliseconds)
    socket.once('error', (error) => {
      if (refusalPasses && systemErrorCode(error) === 'ECONNREFUSED') return
      clearTimeout(timer)
      reject(error)
    })
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}
