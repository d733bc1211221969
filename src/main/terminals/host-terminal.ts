import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { spawn, type IPty } from 'node-pty'
import { BerthError } from '../../shared/errors'
import type { TerminalSize } from '../../shared/sessions'
import type { TerminalSource } from '../sessions'

/** How long a shell may take to end on SIGHUP before it is killed, milliseconds. */
const hangupGrace = 1_000

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The user's own shell on this computer.
 * @throws BerthError session.spawn-failed
 */
export async function openHostTerminal(options: {
  size: TerminalSize
  env: Environment
  platform: NodeJS.Platform
  /** Where a docker CLI finds the machine's engine, e.g. `unix:///…/docker.sock`. */
  dockerHost?: string
}): Promise<TerminalSource> {
  const { size, env, platform, dockerHost } = options
  const { file, args } = userShell(env, platform)
  try {
    if (platform !== 'win32') await access(file, constants.X_OK)
    const pty = spawn(file, args, {
      name: 'xterm-256color',
      cols: size.columns,
      rows: size.rows,
      cwd: homedir(),
      env: shellEnvironment(env, platform, dockerHost),
      // To close a shell on Windows' own ConPTY, node-pty forks a Node process, which a packaged app cannot.
      ...(platform === 'win32' ? { useConptyDll: true } : {}),
    })
    return ptyTerminal(pty, platform)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new BerthError('session.spawn-failed', { reason }, { cause: error })
  }
}

/** The shell that terminal programs of the platform start, with the arguments they start it with. */
export function userShell(env: Environment, platform: NodeJS.Platform): { file: string; args: string[] } {
  if (platform === 'win32') return { file: env.COMSPEC ?? 'powershell.exe', args: [] }
  const file = env.SHELL ?? userInfo().shell ?? '/bin/sh'
  // Terminal.app starts login shells: PATH is set there, and an app started from the Dock has none of it.
  return { file, args: platform === 'darwin' ? ['-l'] : [] }
}

/** The app's environment without what is its own business, with what a terminal adds. */
export function shellEnvironment(
  env: Environment,
  platform: NodeJS.Platform,
  dockerHost: string | undefined,
): Record<string, string> {
  const own = /^(?:BERTH_|ELECTRON_|CHROME_|NODE_OPTIONS$|npm_)/
  const inherited = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !own.test(entry[0]),
  )
  return {
    ...(platform === 'darwin' ? { LANG: 'en_US.UTF-8' } : {}),
    ...Object.fromEntries(inherited),
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
  }
}

function ptyTerminal(pty: IPty, platform: NodeJS.Platform): TerminalSource {
  let closing: Promise<void> | undefined
  let ended = false
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      ended = true
      resolve(exitCode)
    })
  })

  async function close(): Promise<void> {
    if (ended) return
    if (platform === 'win32') pty.kill()
    else await hangUp(pty, exited)
    await exited
  }

  return {
    start(sink) {
      pty.onData((text) => {
        sink.payload({ type: 'output', text })
      })
      void exited.then((exitCode) => {
        sink.end({ exitCode: closing === undefined ? exitCode : null, error: null })
      })
    },
    pause() {
      pty.pause()
    },
    resume() {
      pty.resume()
    },
    write(text) {
      if (!ended) pty.write(text)
    },
    resize({ columns, rows }) {
      if (!ended) pty.resize(columns, rows)
      return Promise.resolve()
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** Asks the shell's process group to end, then makes it. */
async function hangUp(pty: IPty, exited: Promise<number>): Promise<void> {
  // A paused pty is read on, or its exit would never be told.
  pty.resume()
  signal(pty.pid, 'SIGHUP')
  const timer = setTimeout(() => {
    signal(pty.pid, 'SIGKILL')
  }, hangupGrace)
  await exited
  clearTimeout(timer)
}

function signal(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name)
  } catch {
    // It has just ended by itself.
  }
}
