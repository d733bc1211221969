import { randomUUID } from 'node:crypto'
import type { ClientChannel } from 'ssh2'
import { BerthError } from '../../shared/errors'
import type { TerminalSize } from '../../shared/sessions'
import type { TerminalSource } from '../sessions'
import type { SshLink } from '../ssh'
import { markVariable, type Reaper } from './reaper'
import { streamTerminal } from './stream-terminal'

export type ShellLink = Pick<SshLink, 'shell'>

/**
 * A login shell of the machine.
 * @throws BerthError machine.not-running, machine.connection-lost
 */
export async function openMachineTerminal(options: {
  link: ShellLink
  reaper: Reaper
  size: TerminalSize
}): Promise<TerminalSource> {
  return (await openMachinePty(options)).terminal()
}

/** A pty of the machine. */
export interface MachinePty {
  channel: ClientChannel
  /** Makes a terminal of the pty. `shell` is the shell's process id, if it is not the leader of the session. */
  terminal: (shell?: number) => TerminalSource
}

/**
 * Opens a pty of the machine with a command, or with a login shell if there is no command. All its processes inherit a
 * mark, by which the reaper finds them.
 * @throws BerthError machine.not-running, machine.connection-lost
 */
export async function openMachinePty(options: {
  link: ShellLink
  reaper: Reaper
  size: TerminalSize
  environment?: Record<string, string>
  command?: string
}): Promise<MachinePty> {
  const { link, reaper, size, environment, command } = options
  const mark = randomUUID()
  const channel = await link.shell(size, { [markVariable]: mark, LANG: 'C.UTF-8', ...environment }, command)
  let hasEnded = false
  let exitCode: number | null = null
  // The code is null if a signal has ended the program.
  channel.on('exit', (code: number | null) => {
    hasEnded = true
    exitCode = code
  })
  return {
    channel,
    terminal: (shell) =>
      streamTerminal({
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
        program: () => reaper.program({ mark }, shell),
        end: () => reaper.end({ mark }),
      }),
  }
}
