import { PassThrough } from 'node:stream'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Outcome } from '../../../../src/main/sessions/source'
import { openContainerTerminal, type ShellProcess } from '../../../../src/main/terminals/container-terminal'
import { Reaper } from '../../../../src/main/terminals/reaper'
import { BerthError } from '../../../../src/shared/errors'
import { eventually } from '../../../support/eventually'
import { silentLog } from '../../../support/fake-services'

const size = { columns: 80, rows: 24 }

/** A double for a shell in a container. */
class FakeShell implements ShellProcess {
  readonly stream = new PassThrough()
  readonly sizes: unknown[] = []
  pids = [4242]
  code: number | null = null

  resize(newSize: unknown): Promise<void> {
    this.sizes.push(newSize)
    return Promise.resolve()
  }
  pid(): Promise<number> {
    return Promise.resolve(this.pids.shift() ?? 4242)
  }
  exitCode(): Promise<number | null> {
    return Promise.resolve(this.code)
  }
}

describe('a terminal in a container', () => {
  let shell: FakeShell
  let commands: string[]
  /** The exit code of each command in the machine. */
  let result: number
  let reaper: Reaper

  beforeEach(() => {
    shell = new FakeShell()
    commands = []
    result = 0
    const exec = (command: string) => {
      commands.push(command)
      return Promise.resolve({ code: result, stdout: '', stderr: '' })
    }
    reaper = new Reaper({ exec, on: () => undefined }, silentLog)
  })

  const open = (exec = () => Promise.resolve(shell), choice = {}) =>
    openContainerTerminal({ containers: { exec }, reaper, containerId: 'abc', name: 'web', size, choice })

  async function start() {
    const terminal = await open()
    const seen = { text: '', outcomes: [] as Outcome[] }
    terminal.start({
      payload: () => undefined,
      bytes: (chunk) => {
        seen.text += Buffer.from(chunk).toString()
      },
      end: (outcome) => seen.outcomes.push(outcome),
    })
    const ended = () =>
      eventually(() => {
        expect(seen.outcomes).toHaveLength(1)
        return seen.outcomes[0]
      })
    return { terminal, seen, ended }
  }

  it('requests a pty of the right size, and tries bash before sh', async () => {
    const exec = vi.fn(() => Promise.resolve(shell))
    await open(exec)
    expect(exec).toHaveBeenCalledWith('abc', {
      command: ['sh', '-c', expect.stringMatching(/bash.*; exec sh$/)],
      tty: true,
      size,
      env: ['TERM=xterm-256color', 'LANG=C.UTF-8'],
    })
  })

  it('waits until the shell runs', async () => {
    shell.pids = [0, 0, 77]
    const terminal = await open()
    await terminal.close()
    expect(commands[0]).toContain('echo 77')
  })

  it('reports that the image has no shell, with the engine’s output as the detail', async () => {
    shell.pids = [0]
    shell.code = 127
    shell.stream.write('OCI runtime exec failed: "sh": executable file not found')
    await expect(open()).rejects.toMatchObject({
      code: 'container.no-shell',
      params: { container: 'web', tried: 'bash, sh' },
      detail: 'OCI runtime exec failed: "sh": executable file not found',
    })
    expect(shell.stream.destroyed).toBe(true)
  })

  it('runs the chosen shell as the chosen user in the chosen folder', async () => {
    const exec = vi.fn(() => Promise.resolve(shell))
    await open(exec, { shell: '/bin/zsh', user: 'app', folder: '/srv' })
    expect(exec).toHaveBeenCalledWith(
      'abc',
      expect.objectContaining({ command: ['/bin/zsh'], user: 'app', folder: '/srv' }),
    )
  })

  it.each([
    [
      { folder: '/nope' },
      'chdir to cwd ("/nope") set in config.json failed: no such file or directory',
      { code: 'session.folder-unusable', params: { folder: '/nope', reason: 'no such file or directory' } },
    ],
    [
      { user: 'nobody' },
      'unable to find user nobody: no matching entries in passwd file',
      { code: 'session.user-unknown', params: { container: 'web', user: 'nobody' } },
    ],
    [
      { shell: '/bin/zsh' },
      'exec: "/bin/zsh": stat /bin/zsh: no such file or directory',
      { code: 'session.shell-missing', params: { container: 'web', shell: '/bin/zsh' } },
    ],
  ])('reports that the container does not have %j', async (choice, text, error) => {
    shell.pids = [0]
    shell.code = 126
    shell.stream.write(`OCI runtime exec failed: ${text}\r\n`)
    await expect(open(undefined, choice)).rejects.toMatchObject(error)
  })

  it('fails to open with the engine’s own error', async () => {
    const refusal = new BerthError('container.not-running', { container: 'web' })
    await expect(open(() => Promise.reject(refusal))).rejects.toBe(refusal)
  })

  it('passes on the output of the shell, and passes its own size to the shell', async () => {
    const { terminal, seen } = await start()
    shell.stream.write('hello')
    await eventually(() => {
      expect(seen.text).toBe('hello')
    })
    await terminal.resize({ columns: 100, rows: 50 })
    expect(shell.sizes).toEqual([{ columns: 100, rows: 50 }])
  })

  it('reads nothing while paused', async () => {
    const { terminal, seen } = await start()
    terminal.pause()
    shell.stream.write('later')
    await new Promise(setImmediate)
    expect(seen.text).toBe('')
    terminal.resume()
    await eventually(() => {
      expect(seen.text).toBe('later')
    })
  })

  it('reports the exit code of a shell that has ended, and ends no process in that case', async () => {
    const { ended } = await start()
    shell.code = 3
    shell.stream.end()
    expect(await ended()).toEqual({ exitCode: 3, error: null })
    expect(commands).toEqual([])
  })

  it.each([126, null])(
    'does not end a shell that the user has left with the detach keys (the engine reports code %s)',
    async (code) => {
      const { ended } = await start()
      shell.code = code
      shell.stream.end()
      expect(await ended()).toMatchObject({ exitCode: null, error: { code: 'session.detached' } })
      expect(commands).toEqual(['kill -0 4242'])
    },
  )

  it('reports the exit code 126 of a shell that has ended', async () => {
    const { ended } = await start()
    shell.code = 126
    result = 1
    shell.stream.end()
    expect(await ended()).toEqual({ exitCode: 126, error: null })
  })

  it('ends the process of a shell whose connection was lost', async () => {
    const { ended } = await start()
    shell.stream.destroy(new Error('the connection was lost'))
    expect(await ended()).toMatchObject({ exitCode: null, error: { code: 'machine.connection-lost' } })
    expect(commands).toHaveLength(1)
  })

  it('reports no error if the container was removed while its shell ran', async () => {
    const { ended } = await start()
    shell.exitCode = () => Promise.reject(new BerthError('container.not-found', { container: 'web' }))
    shell.stream.destroy()
    expect(await ended()).toEqual({ exitCode: null, error: null })
  })

  it('ends the shell’s process only once, even if the terminal is closed several times', async () => {
    const { terminal, ended } = await start()
    await Promise.all([terminal.close(), terminal.close()])
    expect(await ended()).toEqual({ exitCode: null, error: null })
    expect(commands).toHaveLength(1)
    expect(shell.stream.destroyed).toBe(true)
  })

  it('drops text that is typed after the end', async () => {
    const { terminal, ended } = await start()
    shell.code = 0
    shell.stream.destroy()
    await ended()
    expect(() => {
      terminal.write('too late')
    }).not.toThrow()
  })
})
