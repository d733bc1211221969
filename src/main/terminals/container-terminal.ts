import type { Duplex } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import type { TerminalSize } from '../../shared/sessions'
import type { ShellChoice } from '../../shared/shells'
import { delay } from '../lib'
import { type Engine, isUnreachable } from '../engine'
import type { Outcome, TerminalSource } from '../sessions'
import type { Reaper } from './reaper'
import { streamTerminal } from './stream-terminal'

/** bash if the container has it, otherwise sh. */
const automatic = ['sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh']
const env = ['TERM=xterm-256color', 'LANG=C.UTF-8']
/** The exit codes for a command that does not exist or cannot run (POSIX shell, 2.8.2; runc uses the same). */
const notRunnable: readonly (number | null)[] = [126, 127]
/** The exit code that the engine (28.5) reports after the user has typed the detach keys. */
const detachedCode = 126
/** These waits make twenty seconds in total. A shell starts slowly under emulation, where runc alone takes a second. */
const startWait = { attempts: 400, milliseconds: 50 }

export type ShellProcess = Awaited<ReturnType<ContainerExec['exec']>>
export type ContainerExec = Pick<Engine['containers'], 'exec'>

/**
 * A shell in a running container.
 * @throws BerthError container.no-shell, session.shell-missing, session.user-unknown, session.folder-unusable,
 * session.spawn-failed; the BerthErrors of `startExec`
 */
export async function openContainerTerminal(options: {
  containers: ContainerExec
  reaper: Reaper
  containerId: string
  /** The container's name. Errors mention it. */
  name: string
  size: TerminalSize
  choice?: ShellChoice
  /** See `ExecOptions`. */
  detachKeys?: string | undefined
}): Promise<TerminalSource> {
  const { containers, reaper, containerId, name, size, choice = {}, detachKeys } = options
  const started = containers.exec(containerId, {
    command: choice.shell === undefined ? automatic : [choice.shell],
    tty: true,
    size,
    env,
    user: choice.user,
    folder: choice.folder,
    ...(detachKeys === undefined ? {} : { detachKeys }),
  })
  const shell = await started.catch((error: unknown) => {
    throw choiceError(BerthError.from(error).detail ?? '', name, choice) ?? error
  })
  const sessionId = await processOf(shell).catch((error: unknown) => {
    shell.stream.destroy()
    throw error
  })
  if (sessionId === undefined) throw notStarted(shell.stream, name, choice)
  return streamTerminal({
    stream: shell.stream,
    resize: (newSize) => shell.resize(newSize),
    outcome: () => outcomeOf(shell, reaper, sessionId),
    program: () => reaper.program({ sessionId }),
    end: () => reaper.end({ sessionId }),
  })
}

/**
 * The shell's process id. The session id is the same, because runc makes the process of a tty exec a session leader.
 * Undefined if the engine could not run the shell. This polls, because the engine answers the start request before the
 * process runs.
 */
async function processOf(shell: ShellProcess): Promise<number | undefined> {
  for (let attempt = 0; attempt < startWait.attempts; attempt++) {
    const pid = await shell.pid()
    if (pid !== 0) return pid
    if (notRunnable.includes(await shell.exitCode())) return undefined
    await delay(startWait.milliseconds)
  }
  throw new BerthError('session.spawn-failed', { reason: phrases['shell-timeout'] })
}

/** The engine prints why it could not start the shell. */
function notStarted(stream: Duplex, container: string, choice: ShellChoice): BerthError {
  const printed: unknown = stream.read()
  stream.destroy()
  const detail = printed instanceof Uint8Array ? Buffer.from(printed).toString('utf8').trim() : ''
  const { shell } = choice
  const missing =
    shell === undefined
      ? new BerthError('container.no-shell', { container, tried: 'bash, sh' }, { detail })
      : new BerthError('session.shell-missing', { container, shell }, { detail })
  return choiceError(detail, container, choice) ?? missing
}

/**
 * The error if the engine's message means that the container does not have the user or the folder. The messages are
 * those of moby's daemon/exec.go and of runc.
 */
function choiceError(
  detail: string,
  container: string,
  { user, folder }: ShellChoice,
): BerthError | undefined {
  if (user !== undefined && /unable to find (?:user|group)|no matching entries/.test(detail))
    return new BerthError('session.user-unknown', { container, user }, { detail })
  const reason = /chdir to cwd .* failed: ([^\r\n]*)|Cwd must be an absolute path/.exec(detail)
  if (folder !== undefined && reason !== null)
    return new BerthError('session.folder-unusable', { folder, reason: reason[1] ?? reason[0] }, { detail })
  return undefined
}

/**
 * How the terminal ended. If the user has typed the detach keys, the engine ends the stream, but the shell still runs.
 * If the connection is lost, the shell still runs, too. The reaper then ends it when the link is up.
 */
async function outcomeOf(shell: ShellProcess, reaper: Reaper, sessionId: number): Promise<Outcome> {
  let error: Outcome['error'] = new BerthError('machine.connection-lost').toData()
  try {
    const exitCode = await shell.exitCode()
    const mayRun = exitCode === null || exitCode === detachedCode
    if (mayRun && shell.stream.readableEnded && (await reaper.isRunning(sessionId)))
      return { exitCode: null, error: new BerthError('session.detached').toData() }
    if (exitCode !== null) return { exitCode, error: null }
  } catch (failure) {
    // The engine answers, but may no longer know the shell, because its container has been removed.
    if (!isUnreachable(failure)) error = null
  }
  await reaper.end({ sessionId })
  return { exitCode: null, error }
}
