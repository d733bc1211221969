import { EventEmitter, once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { Logger } from '../host'
import { delay } from '../lib'
import type { SshLink } from '../ssh'
import {
  ipv6OnlyCommand,
  isOnAnyIpv6,
  mayBeClient,
  parseOwners,
  parseSockets,
  socketBindings,
  socketKey,
  socketOwnersCommand,
  watchSocketsCommand,
  type GuestSocket,
} from './guest-sockets'
import type { PublishedPort } from './port-targets'

export interface HostNetworkContainersOptions {
  link: Pick<SshLink, 'exec' | 'openCommand'>
  log: Logger
  /** Milliseconds between two reads of the machine's sockets, and before Berth restarts a watcher that has ended. */
  pause?: number
  /** Milliseconds after which a UDP socket that may belong to a client counts as a server's socket. */
  clientMs?: number
}

const defaults = { pause: 1000, clientMs: 10_000 }

/** The length of an IPv4 address in /proc/net. */
const ipv4Digits = 8

/**
 * Finds the ports on which containers in the machine's own network (`--network host`) listen. These containers publish
 * nothing, and the engine does not report their ports. While a container of this kind runs, a watcher process in the
 * machine reads the sockets whenever Berth sends a line. The watcher prints the sockets if they have changed.
 */
export class HostNetworkContainers extends EventEmitter<{ change: [] }> {
  readonly #options: HostNetworkContainersOptions
  readonly #pause: number
  #ids: string[] = []
  #run: AbortController | undefined
  #ports: PublishedPort[] = []
  readonly #clientMs: number
  /** By inode. `owner` is a container id, or undefined if the socket belongs to none of the watched containers. */
  #sockets = new Map<string, { since: number; owner: string | undefined }>()
  #ipv6OnlyKeys: ReadonlySet<string> = new Set()
  #later: NodeJS.Timeout | undefined

  constructor(options: HostNetworkContainersOptions) {
    super()
    this.#options = options
    this.#pause = options.pause ?? defaults.pause
    this.#clientMs = options.clientMs ?? defaults.clientMs
  }

  get ports(): readonly PublishedPort[] {
    return this.#ports
  }

  /** Watches the ports of these containers, and of no others. */
  follow(ids: string[]): void {
    if (ids.join() === this.#ids.join()) return
    this.#ids = ids
    this.#run?.abort()
    this.#run = undefined
    this.#sockets.clear()
    clearTimeout(this.#later)
    this.#set(this.#ports.filter(({ containerId }) => ids.includes(containerId)))
    if (ids.length === 0) return
    this.#run = new AbortController()
    void this.#keepWatching(this.#run.signal)
  }

  async #keepWatching(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#watch(signal).catch((error: unknown) => {
          this.#options.log.info({ reason: String(error) }, 'the watcher of the machine’s sockets ended')
        })
        await delay(this.#pause, signal)
      }
    } catch {
      // The signal was aborted: `follow` has changed the containers.
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const stream = await this.#options.link.openCommand(watchSocketsCommand)
    const end = () => stream.destroy()
    const closed = once(stream, 'close')
    const timer = setInterval(() => stream.write('\n'), this.#pause)
    signal.addEventListener('abort', end, { once: true })
    try {
      if (signal.aborted) return
      stream.write('\n')
      await this.#read(stream, signal)
    } finally {
      clearInterval(timer)
      signal.removeEventListener('abort', end)
      stream.destroy()
      await closed
    }
  }

  async #read(stream: Duplex, signal: AbortSignal): Promise<void> {
    let text = ''
    for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk
      const end = text.lastIndexOf('.\n')
      if (end === -1) continue
      const blocks = text.slice(0, end).split('.\n')
      text = text.slice(end + 2)
      await this.#take(parseSockets(blocks.at(-1) ?? ''), signal)
    }
  }

  async #take(sockets: GuestSocket[], signal: AbortSignal): Promise<void> {
    if (sockets.some(({ inode }) => !this.#sockets.has(inode))) {
      const { link } = this.#options
      const { stdout } = await link.exec(socketOwnersCommand(this.#ids))
      const owners = parseOwners(stdout)
      const ipv6Only = await this.#ipv6Only(sockets.filter(({ inode }) => owners.has(inode)))
      if (signal.aborted) return
      const since = performance.now()
      const known = this.#sockets
      this.#sockets = new Map(
        sockets.map((socket) => [
          socket.inode,
          { since: known.get(socket.inode)?.since ?? since, owner: owners.get(socket.inode) },
        ]),
      )
      this.#ipv6OnlyKeys = ipv6Only
    }
    this.#update(sockets, signal)
  }

  /** The keys of the sockets that receive nothing over IPv4. */
  async #ipv6Only(sockets: GuestSocket[]): Promise<Set<string>> {
    const unclear = sockets.filter(isOnAnyIpv6)
    if (unclear.length === 0) return new Set()
    const { stdout } = await this.#options.link.exec(ipv6OnlyCommand(unclear))
    const keys = new Set(stdout.split('\n'))
    // Linux lets an IPv4 socket share the port of a socket on `::` only if the socket on `::` receives nothing over
    // IPv4.
    for (const socket of sockets) if (socket.address.length === ipv4Digits) keys.add(socketKey(socket))
    return keys
  }

  /**
   * Sets the ports. If a socket may belong to a client, a timer repeats the update when that socket counts as a
   * server's.
   */
  #update(sockets: GuestSocket[], signal: AbortSignal): void {
    clearTimeout(this.#later)
    const now = performance.now()
    const byContainer = new Map<string, GuestSocket[]>()
    let waitMs = Infinity
    for (const socket of sockets) {
      const { owner, since = now } = this.#sockets.get(socket.inode) ?? {}
      if (owner === undefined) continue
      const left = mayBeClient(socket) ? since + this.#clientMs - now : 0
      if (left > 0) waitMs = Math.min(waitMs, left)
      else byContainer.set(owner, [...(byContainer.get(owner) ?? []), socket])
    }
    this.#set(
      [...byContainer].flatMap(([containerId, owned]) =>
        socketBindings(owned, this.#ipv6OnlyKeys).map((binding) => ({ containerId, binding })),
      ),
    )
    if (waitMs === Infinity) return
    this.#later = setTimeout(() => {
      if (!signal.aborted) this.#update(sockets, signal)
    }, waitMs)
  }

  #set(ports: PublishedPort[]): void {
    const changed = JSON.stringify(ports) !== JSON.stringify(this.#ports)
    this.#ports = ports
    if (changed) this.emit('change')
  }
}
