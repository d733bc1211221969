import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa, execaSync } from 'execa'
import { engineSocketPath, type UnixSocketOpener } from '../../src/main/engine/client'
import { listen } from '../../src/main/lib'

/** Whether the host has a Docker CLI. Tests use it to verify results independently, and are skipped without it. */
export const hasDockerCli = !execaSync('docker', ['--version'], { reject: false }).failed

/** The host's Docker CLI. It reaches the engine in the machine over a socket that only the test uses. */
export class DockerCli {
  /** The value of DOCKER_CONFIG for the CLI. */
  readonly folder: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(folder: string, server: Server) {
    this.folder = folder
    this.#server = server
  }

  static async connect(link: UnixSocketOpener): Promise<DockerCli> {
    const folder = await mkdtemp(join(tmpdir(), 'berth-docker-'))
    const server = createServer({ allowHalfOpen: true })
    const cli = new DockerCli(folder, server)
    server.on('connection', (socket) => void cli.#carry(socket, link))
    await listen(server, { path: join(folder, 'docker.sock') })
    return cli
  }

  /** Runs `docker ARGUMENTS` and returns the output. Rejects if the command fails. */
  async run(...args: string[]): Promise<string> {
    const { stdout } = await execa('docker', args, {
      // Unlike BuildKit, the classic builder needs no plugin of the CLI.
      env: {
        DOCKER_BUILDKIT: '0',
        DOCKER_HOST: `unix://${join(this.folder, 'docker.sock')}`,
        DOCKER_CONFIG: this.folder,
      },
    })
    return stdout
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    await rm(this.folder, { recursive: true })
  }

  async #carry(socket: Socket, link: UnixSocketOpener): Promise<void> {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    try {
      const stream = await link.openUnixSocket(engineSocketPath)
      stream.on('error', () => socket.destroy())
      socket.on('close', () => stream.destroy())
      socket.pipe(stream).pipe(socket)
    } catch {
      socket.destroy()
    }
  }
}
