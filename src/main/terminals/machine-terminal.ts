import { randomUUID } from 'node:crypto'
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
  const { link, reaper, size } = options
  const mark = randomUUID()
  const channel = await link.shell(size, { [markVariable]: mark, LANG: 'C.UTF-8' })
  let hasEnded = false
  let exitCode: number | null = null
  // The code is null if a signal has ended the shell.
  channel.on('exit', (code: number | null) => {
    hasEnded = true
    exitCode = code
  })
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
    program: () => reaper.program({ mark }),
    end: () => reaper.end({ mark }),
  })
}
