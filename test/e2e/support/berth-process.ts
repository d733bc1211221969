import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { berthPaths } from '../../../src/main/host/berth-files'

const { guestCache } = berthPaths(process.env, process.platform)

/** A process of the built headless host with its own home folder. It runs in the same way as for a user. */
export class BerthProcess {
  /** The URL contains the token that a browser exchanges for its cookie. */
  readonly loginUrl: string
  readonly output: readonly string[]
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, loginUrl: string, output: readonly string[]) {
    this.#child = child
    this.loginUrl = loginUrl
    this.output = output
  }

  static async start(home: string, environment: NodeJS.ProcessEnv = {}): Promise<BerthProcess> {
    const child = spawn(process.execPath, ['--enable-source-maps', 'dist/headless/main.js'], {
      // The home folder belongs to the test. The guest image is the one that was built on this computer.
      env: {
        ...process.env,
        BERTH_GUEST_CACHE: guestCache,
        BERTH_HOME: home,
        DOCKER_CONFIG: join(home, 'docker-config'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const output: string[] = []
    const lines = createInterface({ input: child.stdout })
    const loginUrl = await new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        output.push(line)
        const url = /https?:\/\/\S+/.exec(line)?.[0]
        if (url !== undefined) resolve(url)
      })
      child.once('exit', (code) => {
        reject(new Error(`Berth ended with code ${String(code)} before it listened:\n${output.join('\n')}`))
      })
    })
    return new BerthProcess(child, loginUrl, output)
  }

  get origin(): string {
    return new URL(this.loginUrl).origin
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves with the exit code once the process has ended. */
  async ended(): Promise<number | null> {
    if (this.running) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  /** Quits Berth as Ctrl-C does, and waits until the machine has stopped as well. */
  async quit(): Promise<number | null> {
    if (this.running) this.#child.kill('SIGINT')
    return this.ended()
  }
}
