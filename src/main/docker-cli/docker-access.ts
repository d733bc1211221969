import { EventEmitter } from 'node:events'
import { BerthError, type BerthErrorData } from '../../shared/errors'
import type { DockerTools } from '../../shared/docker-cli'
import type { Settings } from '../../shared/settings'
import { type BerthPaths, FileWatch, type Logger } from '../host'
import { type Sequencer, sequencer } from '../lib'
import { DockerConfig, dockerConfigFolder } from './docker-config'
import { DockerContext } from './docker-context'
import { dockerHost, DockerSocket, type DockerSocketOptions, dockerSocketPath } from '../docker-socket'

export interface DockerAccessOptions extends Omit<DockerSocketOptions, 'path'> {
  paths: BerthPaths
  env: Readonly<Record<string, string | undefined>>
  log: Logger
}

/**
 * Keeps the docker socket and the docker context, through which the docker tools of the host find the machine's engine.
 * Emits `change` when one of them changes. Also emits `change` when the CLI's `config.json` changes, because that file
 * holds logins to registries.
 */
export class DockerAccess extends EventEmitter<{ change: [DockerTools] }> {
  readonly socket: DockerSocket
  readonly context: DockerContext
  #tools: DockerTools
  readonly #log: Logger
  readonly #watch: FileWatch
  #wish: Settings['docker'] | undefined
  /** Runs the changes of the context one after the other. */
  readonly #inOrder: Sequencer = sequencer()

  constructor(options: DockerAccessOptions) {
    super()
    this.setMaxListeners(0)
    const { paths, env, platform, log } = options
    const path = dockerSocketPath(paths, platform)
    const address = dockerHost(path, platform)
    this.#log = log
    this.socket = new DockerSocket({ ...options, path })
    const configFolder = dockerConfigFolder(env, platform)
    this.#watch = new FileWatch(new DockerConfig(configFolder).file, log)
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

  /** Opens the socket and changes the context to match the settings. A failure is shown in `tools` and logged. */
  async start(wish: Settings['docker']): Promise<void> {
    try {
      await this.socket.listen()
    } catch (error) {
      this.#set({ socketProblem: this.#problem(error) })
    }
    await this.keepContext(wish)
    this.#watch.start()
  }

  /** Changes the context to match the settings. Never rejects: a failure is shown in `tools` and logged. */
  keepContext(wish: Settings['docker']): Promise<void> {
    this.#wish = wish
    return this.#changeContext(() => this.context.apply(wish))
  }

  /** Reads the context again. If the last change failed, tries it again, because it may succeed now. Never rejects. */
  recheck(): Promise<void> {
    this.#watch.start()
    return this.#changeContext(async () => {
      if (this.#wish !== undefined && this.#tools.contextProblem !== undefined)
        await this.context.apply(this.#wish)
    })
  }

  /** See {@link DockerContext.makeCurrent}. Never rejects: a failure is shown in `tools` and logged. */
  makeContextCurrent(): Promise<void> {
    return this.#changeContext(() => this.context.makeCurrent())
  }

  /** Closes the socket. The context stays for the next start. */
  async close(): Promise<void> {
    this.#watch.close()
    await this.#inOrder(() => Promise.resolve())
    await this.socket.close()
  }

  #changeContext(change: () => Promise<void>): Promise<void> {
    return this.#inOrder(() => this.#try(change))
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
    this.#log.warn(data, 'the docker tools of this computer cannot find the engine automatically')
    return data
  }

  #set(change: Partial<DockerTools>): void {
    this.#tools = { ...this.#tools, ...change }
    this.emit('change', this.#tools)
  }
}
