import { createHash } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Logger } from './log'
import type { BerthPaths } from './paths'

/** Where the host's own docker tools find the machine's engine: a unix socket, on Windows a named pipe. */
export function dockerSocketPath(paths: Pick<BerthPaths, 'home' | 'run'>, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return join(paths.run, 'docker.sock')
  // Pipes have one name space for the whole computer: the home folder tells two Berths apart.
  return `\\\\.\\pipe\\berth-docker-${createHash('sha256').update(paths.home).digest('hex').slice(0, 12)}`
}

/** The socket as the docker CLI wants it in DOCKER_HOST. */
export function dockerHost(path: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `npipe:${path.replaceAll('\\', '/')}` : `unix://${path}`
}

/** Gives every connection on a local socket a stream of its own to the engine. Half-closes pass both ways. */
export class DockerSocket {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(
    private readonly options: {
      path: string
      platform: NodeJS.Platform
      log: Logger
      openEngine: () => Promise<Duplex>
    },
  ) {
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      void this.#serve(socket)
    })
  }

  /** Listens, readable and writable by this user only. Rejects with the system's error. */
  async listen(): Promise<void> {
    const { path, platform } = this.options
    // What a crashed Berth left behind; the app lock says that no other is alive.
    if (platform !== 'win32') {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await rm(path, { force: true })
    }
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
    if (platform !== 'win32') await chmod(path, 0o600)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve()
      })
    })
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    try {
      const engine = await this.options.openEngine()
      if (socket.destroyed) {
        engine.destroy()
        return
      }
      connect(socket, engine)
    } catch (error) {
      this.options.log.warn({ err: error }, 'a docker client could not be connected to the engine')
      socket.destroy()
    }
  }
}

/** Each direction ends on its own, so that `docker attach` can close its input and go on reading. */
function connect(socket: Socket, engine: Duplex): void {
  engine.on('error', () => engine.destroy())
  engine.once('close', () => {
    // After a clean end the socket still has the last bytes to write.
    if (!engine.readableEnded) socket.destroy()
  })
  socket.once('close', () => engine.destroy())
  socket.pipe(engine)
  engine.pipe(socket)
}
