import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import type { TerminalSize } from '../../shared/sessions'
import { shellUserSchema, type ShellChoice, type ShellOffers } from '../../shared/shells'
import type { Engine } from '../engine'
import { firstLine, shellCommand } from '../lib'
import type { TerminalSource } from '../sessions'
import type { SshLink } from '../ssh'
import { openMachinePty, type ShellLink } from './machine-terminal'
import type { Reaper } from './reaper'

/** See vm-assets/agent/tool-shell/main.c. */
const program = '/usr/lib/berth/tool-shell'
/** The variables with the container's environment. A message of SSH holds less than 32 KB. */
const environmentVariable = 'LC_BERTH_ENVIRONMENT_'
const environmentPiece = 24_000

export type ProcessFinder = Pick<Engine['containers'], 'process'>

interface ToolShellOptions {
  containers: ProcessFinder
  link: ShellLink
  reaper: Reaper
  containerId: string
  /** The container's name. Errors mention it. */
  name: string
  size: TerminalSize
  choice: ShellChoice
}

/**
 * A shell with the machine's tools in the namespaces of a running container, with the container's files.
 * @throws BerthError session.user-unknown, session.folder-unusable, session.spawn-failed, container.not-found,
 * container.not-running, container.paused, machine.connection-lost, machine.not-running
 */
export async function openToolTerminal(options: ToolShellOptions): Promise<TerminalSource> {
  const { containers, link, reaper, containerId, name, size, choice } = options
  const { pid, id, environment, ...own } = await containers.process(containerId)
  const { user = own.user, folder = own.folder } = choice
  const { channel, terminal } = await openMachinePty({
    link,
    reaper,
    size,
    environment: environmentVariables(environment),
    command: `exec ${shellCommand([program, 'run', String(pid), id, user, folder])}`,
  })
  // A failed channel closes, and then the report is not complete.
  channel.on('error', () => undefined)
  const report = (await firstLine(channel)).trim()
  const shell = /^ok (\d+)$/.exec(report)?.[1]
  if (shell === undefined) {
    channel.destroy()
    throw failure(report, { name, user, folder })
  }
  return terminal(Number(shell))
}

/**
 * Reads the shells and users of a running container from its files. Starts nothing in the container.
 * @throws BerthError container.not-found, container.not-running, container.paused, machine.connection-lost,
 * machine.not-running, session.spawn-failed
 */
export async function readShellOffers(options: {
  containers: ProcessFinder
  link: Pick<SshLink, 'exec'>
  containerId: string
  name: string
}): Promise<ShellOffers> {
  const { containers, link, containerId, name } = options
  const { pid, id, user, folder } = await containers.process(containerId)
  const { code, stdout } = await link.exec(shellCommand([program, 'list', String(pid), id]))
  const lines = stdout.split('\n')
  if (code !== 0) throw failure(lines[0] ?? '', { name, user, folder })
  const valuesOf = (kind: string) =>
    lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1))
  return {
    shells: valuesOf('shell'),
    users: valuesOf('user').filter((each) => shellUserSchema.safeParse(each).success),
    user,
    folder,
  }
}

function failure(report: string, shell: { name: string; user: string; folder: string }): BerthError {
  const [, code, reason = ''] = /^(\S+) (.*)$/.exec(report) ?? []
  const { name: container, user, folder } = shell
  switch (code) {
    case 'no-user':
      return new BerthError('session.user-unknown', { container, user })
    case 'no-folder':
      return new BerthError('session.folder-unusable', { folder, reason })
    case 'gone':
      return new BerthError('container.not-running', { container })
    default:
      return new BerthError('session.spawn-failed', { reason: report || phrases['shell-timeout'] })
  }
}

/** The container's environment, in variables that sshd accepts. It may hold secrets, so it is in no argument list. */
function environmentVariables(environment: readonly string[]): Record<string, string> {
  const encoded = Buffer.from(environment.map((entry) => `${entry}\0`).join('')).toString('base64')
  const pieces = encoded.match(new RegExp(`.{1,${String(environmentPiece)}}`, 'g')) ?? []
  return Object.fromEntries(pieces.map((piece, index) => [`${environmentVariable}${String(index)}`, piece]))
}
