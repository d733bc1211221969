import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import { BerthError, type BerthErrorData } from '../../shared/errors'
import type { DockerTools } from '../../shared/docker-cli'
import type { Settings } from '../../shared/settings'
import { type BerthPaths, FileWatch, type Logger } from '../host'
import { dockerConfigFolder } from './docker-config'
import { DockerContext } from './docker-context'
import { dockerHost, DockerSocket, type DockerSocketOptions, dockerSocketPath } from '../docker-socket'

export interface DockerHostOptions extends Omit<DockerSocketOptions, 'path'> {
  paths: BerthPaths
  env: Readonly<Record<string, string | undefined>>
  log: Logger
}

/**
 * How the host's own docker tools find the machine's engine: the socket and the context. `change` tells of both, and
 * whenever the CLI's config.json has changed: logins to registries may be others then.
 */
export class DockerHost extends EventEmitter<{ change: [DockerTools] }> {
  readonly socket: DockerSocket
  readonly context: DockerContext
  #tools: DockerTools
  readonly #log: Logger
  readonly #watch: FileWatch
  #wish: Settings['docker'] | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(options: DockerHostOptions) {
    super()
    this.setMaxListeners(0)
    const { paths, env, platform, log } = options
    const path = dockerSocketPath(paths, platform)
    const address = dockerHost(path, platform)
    this.#log = log
    this.socket = new DockerSocket({ ...options, path })
    const configFolder = dockerConfigFolder(env, platform)
    this.#watch = new FileWatch(join(configFolder, 'config.json'), log)
    this.#watch.on('change', () => void this.recheck())
    this.context = new DockerContext({
      configFolder,
      home: paths.home,
      dockerHost: address,
    })
    const overriddenBy = (['DOCKER_HOST', 'DOCKER_CONTEXT'] as const).find((name) => env[name])
    this.#tools = {
      dockerHost: address,
      context: 'absent',
      ...(overriddenBy === undefined ? {} : { overriddenBy }),
    }
  }

  get tools(): DockerTools {
    return this.#tools
  }

  /** Opens the socket and keeps the context as the settings want it. A failure is in `tools` and in the log. */
  async start(wish: Settings['docker']): Promise<void> {
    try {
      await this.socket.listen()
    } catch (error) {
      this.#set({ socketProblem: this.#problem(error) })
    }
    await this.keepContext(wish)
    this.#watch.start()
  }

  /** Never rejects, see {@link start}. One change at a time. */
  keepContext(wish: Settings['docker']): Promise<void> {
    this.#wish = wish
    return this.#changeContext(() => this.context.apply(wish))
  }

  /** Looks again at what others may have changed; what was in the context's way may be gone. Never rejects. */
  recheck(): Promise<void> {
    this.#watch.start()
    return this.#changeContext(async () => {
      if (this.#wish !== undefined && this.#tools.contextProblem !== undefined)
        await this.context.apply(this.#wish)
    })
  }

  /** See {@link DockerContext.makeCurrent}. Never rejects: a failure is in `tools` and in the log. */
  makeContextCurrent(): Promise<void> {
    return this.#changeContext(() => this.context.makeCurrent())
  }

  /** Closes the socket; the context stays for the next start. */
  async close(): Promise<void> {
    this.#watch.close()
    await this.#last
    await this.socket.close()
  }

  #changeContext(change: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(() => this.#try(change))
    return this.#last
  }

  async #try(change: () => Promise<void>): Promise<void> {
    let contextProblem: BerthErrorData | undefined
    try {
      await change()
    } catch (error) {
      contextProblem = this.#problem(error)
    }
    this.#set({ context: await this.context.state(), contextProblem })
  }

  #problem(error: unknown): BerthErrorData {
    const data = BerthError.from(error).toData()
    this.#log.warn(data, 'docker tools of this host will not find the engine by themselves')
    return data
  }

  #set(change: Partial<DockerTools>): void {
    this.#tools = { ...this.#tools, ...change }
    this.emit('change', this.#tools)
  }
}
