import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { basename } from 'node:path'
import { spawn, type IPty } from 'node-pty'
import { BerthError } from '../../shared/errors'
import type { TerminalSize } from '../../shared/sessions'
import { message, programOutput } from '../lib'
import type { TerminalSource } from '../sessions'

/** A shell that has not ended this many milliseconds after SIGHUP is killed. */
const hangupGrace = 1_000
/** How long `ps` may take, milliseconds. */
const psTimeout = 5_000

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The user's own shell on this computer.
 * @throws BerthError session.spawn-failed
 */
export async function openHostTerminal(options: {
  size: TerminalSize
  env: Environment
  platform: NodeJS.Platform
  /** The value of DOCKER_HOST, e.g. `unix:///…/docker.sock`. */
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
      // To close a shell with the ConPTY of Windows, node-pty forks a Node process. A packaged app cannot do that, so
      // node-pty's own ConPTY is used.
      ...(platform === 'win32' ? { useConptyDll: true } : {}),
    })
    return ptyTerminal(pty, file, platform)
  } catch (error) {
    throw new BerthError('session.spawn-failed', { reason: message(error) }, { cause: error })
  }
}

/** The shell that the platform's terminal programs start, and the arguments that they pass to the shell. */
export function userShell(env: Environment, platform: NodeJS.Platform): { file: string; args: string[] } {
  if (platform === 'win32') return { file: env.COMSPEC ?? 'powershell.exe', args: [] }
  const file = env.SHELL ?? userInfo().shell ?? '/bin/sh'
  // Terminal.app starts login shells, which set PATH. An app started from the Dock does not have the user's PATH.
  return { file, args: platform === 'darwin' ? ['-l'] : [] }
}

/** The environment for a shell: the app's environment without the app's own variables, plus those of a terminal. */
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

/** The name of the terminal's foreground program. Undefined if it is the shell itself. */
function otherProgram(program: string, shell: string): string | undefined {
  const name = basename(program).replace(/^-/, '')
  return name === '' || name === basename(shell) ? undefined : name
}

function ptyTerminal(pty: IPty, file: string, platform: NodeJS.Platform): TerminalSource {
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
    // node-pty cannot tell on Windows.
    program: () =>
      Promise.resolve(ended || platform === 'win32' ? undefined : otherProgram(pty.process, file)),
    close() {
      closing ??= close()
      return closing
    },
  }
}

/**
 * Asks the shell and its jobs to end. Kills the shell's process group if the shell still runs after `hangupGrace`. The
 * jobs get the signal from Berth too, because bash does not pass it on while it prepares its prompt.
 */
async function hangUp(pty: IPty, exited: Promise<number>): Promise<void> {
  const jobs = await jobsOf(pty.pid)
  // node-pty does not report the exit of a paused pty.
  pty.resume()
  for (const leader of [pty.pid, ...jobs]) signal(leader, 'SIGHUP')
  const timer = setTimeout(() => {
    signal(pty.pid, 'SIGKILL')
  }, hangupGrace)
  await exited
  clearTimeout(timer)
}

/**
 * The process groups of the jobs on the shell's terminal, without the shell's own group. Empty if the system does not
 * tell. Linux and macOS have these options of ps(1).
 */
async function jobsOf(shell: number): Promise<number[]> {
  const output = await programOutput('ps', ['-A', '-o', 'pid=,pgid=,tty='], { timeout: psTimeout })
  const processes = output.split('\n').map((line) => {
    const [pid, group, tty] = line.trim().split(/\s+/)
    return { pid: Number(pid), group: Number(group), tty }
  })
  const tty = processes.find(({ pid }) => pid === shell)?.tty
  if (tty === undefined || tty.startsWith('?')) return []
  const groups = new Set(processes.filter((other) => other.tty === tty).map(({ group }) => group))
  return [...groups].filter((group) => group !== shell)
}

function signal(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name)
  } catch {
    // The process group has just ended.
  }
}
