import { EventEmitter, once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { Logger } from '../host'
import { delay } from '../lib'
import type { SshLink } from '../ssh'
import {
  parseOwners,
  parseSockets,
  socketBinding,
  socketOwnersCommand,
  watchSocketsCommand,
  type GuestSocket,
} from './guest-sockets'
import type { PublishedPort } from './port-targets'

export interface HostNetworkContainersOptions {
  link: Pick<SshLink, 'exec' | 'openCommand'>
  log: Logger
  /** Milliseconds between two looks at the machine's sockets, and before a lost watcher is started again. */
  pause?: number
}

const defaultPause = 1000

/**
 * The ports that containers on the machine's own network (`--network host`) listen on. Such a container publishes
 * nothing, and the engine does not report its ports. While there is one, a process in the machine looks at the sockets
 * whenever it gets a line, and prints them when they have changed.
 */
export class HostNetworkContainers extends EventEmitter<{ change: [] }> {
  readonly #options: HostNetworkContainersOptions
  readonly #pause: number
  #ids: string[] = []
  #run: AbortController | undefined
  #ports: PublishedPort[] = []
  /** Container by socket inode; undefined for a socket that is not a container's. */
  #owners = new Map<string, string | undefined>()

  constructor(options: HostNetworkContainersOptions) {
    super()
    this.#options = options
    this.#pause = options.pause ?? defaultPause
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
    this.#owners.clear()
    this.#set(this.#ports.filter(({ containerId }) => ids.includes(containerId)))
    if (ids.length === 0) return
    this.#run = new AbortController()
    void this.#keepWatching(this.#run.signal)
  }

  async #keepWatching(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#watch(signal).catch((error: unknown) => {
          this.#options.log.info({ reason: String(error) }, 'the watch of the machine’s sockets ended')
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
    if (sockets.some(({ inode }) => !this.#owners.has(inode))) {
      const { stdout } = await this.#options.link.exec(socketOwnersCommand(this.#ids))
      if (signal.aborted) return
      const owners = parseOwners(stdout)
      this.#owners = new Map(sockets.map(({ inode }) => [inode, owners.get(inode)]))
    }
    const found = new Map<string, PublishedPort>()
    for (const socket of sockets) {
      const containerId = this.#owners.get(socket.inode)
      const binding = socketBinding(socket)
      if (containerId === undefined || binding === undefined) continue
      const key = `${containerId} ${binding.hostPort}/${binding.protocol}`
      // If a container has several sockets on one port, the one that the network card reaches is the fastest.
      if (!found.has(key) || binding.hostIp === '') found.set(key, { containerId, binding })
    }
    this.#set([...found.values()])
  }

  #set(ports: PublishedPort[]): void {
    const changed = JSON.stringify(ports) !== JSON.stringify(this.#ports)
    this.#ports = ports
    if (changed) this.emit('change')
  }
}
