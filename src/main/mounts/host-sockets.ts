import { EventEmitter } from 'node:events'
import { realpath, stat } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { delay, JsonFile, message, sequencer, socketRelay, within } from '../lib'
import type { SshLink } from '../ssh'
import { carry, connectTo, connectWithoutLinks, readName } from './relayed-connection'

export interface HostSocketsOptions {
  link: Pick<SshLink, 'acceptUnixSocket' | 'openUnixSocket' | 'on'>
  paths: BerthPaths
  log: Logger
  env: Readonly<Record<string, string | undefined>>
  platform: NodeJS.Platform
  /** How long to wait before the next attempt to reach a machine that has just started, milliseconds. */
  retryMs?: number
}

/** A unix socket of this computer that a bind mount has named. */
const hostSocketSchema = z.object({
  /** The socket's path in the machine. */
  place: z.string(),
  /** The socket's path on this computer. */
  path: z.string(),
  /** True for the socket of the ssh-agent. The agent's path changes with the next login. */
  isAgent: z.boolean(),
})
type HostSocket = z.infer<typeof hostSocketSchema>

/** How many sockets are remembered. An ssh-agent may have another path after every login. */
const maxSockets = 200
/** How many times Berth tries to reach the relay of a machine that has just started. */
const attempts = 60
/** The named pipe of the agent in the OpenSSH of Windows. */
const windowsAgent = '\\\\.\\pipe\\openssh-ssh-agent'
/** How long the machine's relay may take to answer, milliseconds. */
const answerMs = 10_000

interface HostSocketsEvents {
  /** A container has connected to a socket inside a mounted folder: the connection, and the socket's node. */
  'in-folder': [stream: Duplex, node: number]
}

/**
 * Gives containers access to unix sockets of this computer. The machine has a listening socket for each of them. The
 * machine's relay (vm-assets/agent/socket-relay.c) passes every connection to this class, and this class connects it to
 * the socket of this computer. This class connects only to sockets that a bind mount has named. The same rule holds for
 * the ssh-agent. For a socket inside a mounted folder, this class only reports the connection, because the file server
 * knows the sockets in shared folders.
 */
export class HostSockets extends EventEmitter<HostSocketsEvents> {
  readonly #options: HostSocketsOptions
  readonly #file: JsonFile<HostSocket[]>
  readonly #oneAtATime = sequencer()
  /** The sockets that bind mounts have named, the latest first. */
  #sockets: readonly HostSocket[] | undefined

  constructor(options: HostSocketsOptions) {
    super()
    this.#options = options
    const path = berthFile(options.paths, 'hostSockets')
    this.#file = new JsonFile({ path, schema: z.array(hostSocketSchema) })
    const { link, log } = options
    link.acceptUnixSocket(socketRelay.host, (stream) => {
      this.#connect(stream).catch((error: unknown) => {
        stream.destroy()
        log.warn({ reason: message(error) }, 'a container’s connection to a socket of this computer failed')
      })
    })
    link.on('up', () => {
      void this.#sendWhenReady()
    })
  }

  /** Whether this path, in a bind mount, means the ssh-agent of this computer. */
  isAgent(written: string): boolean {
    if (written === socketRelay.sshAgent) return true
    return this.#options.platform === 'win32' && written.replaceAll('/', '\\').toLowerCase() === windowsAgent
  }

  /**
   * Lets containers connect to the ssh-agent. Returns its path in the machine.
   * @throws BerthError as `offer`, except mounts.socket-missing
   */
  async offerAgent(): Promise<string> {
    await this.#offer({ place: socketRelay.sshAgent, path: '', isAgent: true })
    return socketRelay.sshAgent
  }

  /**
   * Makes a socket of this computer available in the machine, at `place`. Returns false if the path is no socket.
   * @throws BerthError mounts.socket-missing, mounts.socket-failed, machine.connection-lost, machine.not-running,
   * host.no-space, host.folder-unwritable
   */
  async offer(path: string, place: string): Promise<boolean> {
    const agent = this.#options.env.SSH_AUTH_SOCK ?? ''
    const isAgent = path === agent || path === (await realpath(agent).catch(() => agent))
    const found = await stat(path).catch(() => undefined)
    if (!found && (isAgent || looksLikeSocket(path))) throw missing(path)
    if (found?.isSocket() !== true) return false
    await this.#offer({ place, path, isAgent })
    return true
  }

  /**
   * Refuses to start a container if it mounts a socket that does not exist. The ssh-agent may be missing. `sources`
   * returns the sources of the container's bind mounts.
   * @throws BerthError mounts.socket-missing; the error of `sources`
   */
  async refuseMissing(sources: () => Promise<readonly string[]>): Promise<void> {
    const named = (await this.#oneAtATime(() => this.#read())).filter(({ isAgent }) => !isAgent)
    if (named.length === 0) return
    const wanted = await sources()
    for (const { place, path } of named)
      if (wanted.includes(place) && !(await stat(path).catch(() => undefined))?.isSocket())
        throw missing(path)
  }

  /**
   * Sends the list of sockets to the machine. The machine's relay starts after its SSH server, so the first attempts
   * may fail.
   */
  async #sendWhenReady(): Promise<void> {
    const { log, retryMs = 1_000 } = this.#options
    for (let attempt = 1; ; attempt += 1)
      try {
        await this.#oneAtATime(async () => this.#send(await this.#read()))
        return
      } catch (error) {
        if (attempt < attempts) await delay(retryMs)
        else {
          log.warn(
            { reason: message(error) },
            'could not send the list of this computer’s sockets to the machine',
          )
          return
        }
      }
  }

  #offer(socket: HostSocket): Promise<void> {
    return this.#oneAtATime(async () => {
      const known = await this.#read()
      const same = known.find(({ place }) => place === socket.place)
      const isLatest = same === known[0] && same?.path === socket.path && same.isAgent === socket.isAgent
      const sockets = [socket, ...known.filter(({ place }) => place !== socket.place)].slice(0, maxSockets)
      if (!isLatest) {
        await this.#file.write(sockets)
        this.#sockets = sockets
      }
      const failed = (reason: string) =>
        new BerthError('mounts.socket-failed', { path: socket.place, reason })
      const errors = await this.#send(sockets).catch((error: unknown) => {
        // A guest image of an earlier Berth has no relay.
        throw error instanceof BerthError && error.code === 'engine.unreachable'
          ? failed(message(error))
          : error
      })
      const errno = errors.get(socket.place)
      if (errno !== 0) throw failed(`errno ${String(errno)}`)
    })
  }

  async #read(): Promise<readonly HostSocket[]> {
    this.#sockets ??= (await this.#file.readIfValid()) ?? []
    return this.#sockets
  }

  /** Sends the list of sockets to the machine. Resolves with an error number for each place. */
  async #send(sockets: readonly HostSocket[]): Promise<Map<string, number>> {
    const places = sockets.map(({ place }) => place)
    const control = await this.#options.link.openUnixSocket(socketRelay.control)
    control.end(places.map((place) => `${place}\0`).join('') + '\0')
    const answer = within(text(control), answerMs, () => {
      control.destroy()
      return new BerthError(
        'engine.unreachable',
        {},
        { detail: 'the machine’s socket relay does not answer' },
      )
    })
    const errors = (await answer).match(/\d+/g) ?? []
    return new Map(places.map((place, index) => [place, Number(errors[index])]))
  }

  /**
   * Connects a container to a socket of this computer.
   * @throws Error if this computer's socket cannot be connected to, or if the connection breaks
   */
  async #connect(stream: Duplex): Promise<void> {
    const place = await readName(stream)
    if (/^\d{1,16}$/.test(place)) {
      this.emit('in-folder', stream, Number(place))
      return
    }
    const socket = (await this.#read()).find((one) => one.place === place)
    if (socket === undefined) throw new Error(`no bind mount has named ${place}`)
    const client = socket.isAgent
      ? await connectTo(this.#agentPath())
      : await connectWithoutLinks(socket.path, this.#options.platform)
    await carry(stream, client)
  }

  #agentPath(): string {
    const { env, platform } = this.#options
    const path = env.SSH_AUTH_SOCK ?? (platform === 'win32' ? windowsAgent : undefined)
    if (path === undefined || path === '')
      throw new Error('there is no ssh-agent on this computer: SSH_AUTH_SOCK is not set')
    return path
  }
}

function missing(path: string): BerthError {
  return new BerthError('mounts.socket-missing', { path, agent: socketRelay.sshAgent })
}

/**
 * Whether a missing path has the name of a socket. A missing socket gets its own error, and only the name distinguishes
 * a missing socket from a missing folder.
 */
function looksLikeSocket(path: string): boolean {
  return /\.sock(?:et)?$|\/agent\.\d+$|\/S\.gpg-agent[^/]*$/.test(path)
}
