import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import type { TerminalSize } from '../../shared/sessions'
import { shellUserSchema, type ShellChoice, type ShellOffers } from '../../shared/shells'
import type { Engine } from '../engine'
import type { TerminalSource } from '../sessions'
import type { SshLink } from '../ssh'
import { markVariable, type Reaper } from './reaper'
import { streamTerminal } from './stream-terminal'

/** See vm-assets/agent/tool-shell/main.c. */
const program = '/usr/lib/berth/tool-shell'
/** The variables with the container's environment. A message of SSH holds less than 32 KB. */
const environmentVariable = 'LC_BERTH_ENVIRONMENT_'
const environmentPiece = 24_000
/** The longest line in which the program reports its start, in bytes. */
const longestReport = 8_192

export type ProcessFinder = Pick<Engine['containers'], 'process'>

interface ToolShellOptions {
  containers: ProcessFinder
  link: Pick<SshLink, 'shell'>
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
  const mark = randomUUID()
  const command = ['exec', program, 'run', String(pid), id, user, folder].map(shellWord).join(' ')
  const variables = { [markVariable]: mark, LANG: 'C.UTF-8', ...environmentVariables(environment) }
  const channel = await link.shell(size, variables, command)
  let hasEnded = false
  let exitCode: number | null = null
  // The code is null if a signal has ended the program.
  channel.on('exit', (code: number | null) => {
    hasEnded = true
    exitCode = code
  })
  channel.on('error', () => undefined)
  const report = await firstLine(channel)
  const shell = /^ok (\d+)$/.exec(report)?.[1]
  if (shell === undefined) {
    channel.destroy()
    throw failure(report, { name, user, folder })
  }
  return streamTerminal({
    stream: channel,
    resize: ({ columns, rows }) => {
      channel.setWindow(rows, columns, 0, 0)
      return Promise.resolve()
    },
    outcome: async () => {
      if (hasEnded) return { exitCode, error: null }
      await reaper.end({ mark })
      return { exitCode: null, error: new BerthError('machine.connection-lost').toData() }
    },
    program: () => reaper.program({ mark }, Number(shell)),
    end: () => reaper.end({ mark }),
  })
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
  const { code, stdout } = await link.exec([program, 'list', String(pid), id].map(shellWord).join(' '))
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

/** Reads the first line of a stream. The rest stays in the stream. Empty if the stream ends before. */
function firstLine(stream: Duplex): Promise<string> {
  return new Promise((resolve) => {
    let text = Buffer.alloc(0)
    const settle = (line: string) => {
      for (const event of ['end', 'close']) stream.off(event, ended)
      stream.off('readable', read)
      resolve(line)
    }
    const ended = () => {
      settle(text.toString('utf8').trim())
    }
    const read = () => {
      for (let chunk: unknown; (chunk = stream.read()) !== null;) {
        text = Buffer.concat([text, Buffer.from(chunk as Uint8Array)])
        const end = text.indexOf('\n')
        if (end === -1 && text.length < longestReport) continue
        const line = end === -1 ? text : text.subarray(0, end)
        const rest = end === -1 ? Buffer.alloc(0) : text.subarray(end + 1)
        settle(line.toString('utf8').trim())
        if (rest.length > 0) stream.unshift(rest)
        return
      }
    }
    for (const event of ['end', 'close']) stream.once(event, ended)
    stream.on('readable', read)
  })
}

/** A word for the machine's sh. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
