import { spawnSync } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Outcome } from '../../../../src/main/sessions/source'
import { openHostTerminal, shellEnvironment, userShell } from '../../../../src/main/terminals/host-terminal'
import { eventually } from '../../../support/eventually'

const env = { PATH: process.env.PATH, SHELL: '/bin/bash', LANG: 'C.UTF-8' }
const prompt = /ready> $/
const size = { columns: 80, rows: 24 }

async function open(options: { env?: Record<string, string | undefined>; dockerHost?: string } = {}) {
  const terminal = await openHostTerminal({ size, env, platform: process.platform, ...options })
  onTestFinished(() => terminal.close())
  const seen = { text: '', outcome: undefined as Outcome | undefined }
  terminal.start({
    payload: (payload) => {
      if (payload.type === 'output') seen.text += payload.text
    },
    bytes: () => undefined,
    end: (outcome) => {
      seen.outcome = outcome
    },
  })
  const until = (expected: string | RegExp) =>
    eventually(() => {
      expect(seen.text).toMatch(expected)
    })
  // The user's start files may set any prompt.
  terminal.write("PS1='ready'; PS1+='> '\r")
  await until(prompt)
  return { terminal, seen, until }
}

/** Whether a process still runs. A zombie does not count, because it has ended and waits for its parent to notice. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return /^[^Z\s]/.test(stdout)
}

describe.skipIf(process.platform === 'win32')('a terminal on the host', { timeout: 30_000 }, () => {
  it('has its initial size, and follows later changes of size', async () => {
    const { terminal, until } = await open()
    terminal.write('stty size\r')
    await until(/24 80\r\n/)
    await terminal.resize({ columns: 132, rows: 50 })
    terminal.write('stty size\r')
    await until(/50 132\r\n/)
  })

  it('carries UTF-8 in both directions', async () => {
    const { terminal, until } = await open()
    terminal.write("printf '<%s>\\n' 한글✓🚢 | tr -d '\\r'\r")
    await until('<한글✓🚢>')
  })

  it('interrupts a command with Ctrl-C', async () => {
    const { terminal, until } = await open()
    // The program prints “going” when it runs. A signal that arrives before the shell has put the program in the
    // foreground would be lost.
    terminal.write("sh -c 'echo going; exec sleep 600'\r")
    await until(/\rgoing\r\n/)
    terminal.write('\u0003')
    await until(/\^C[^]*ready> $/)
    terminal.write('echo status=$?\r')
    await until('status=130')
  })

  it('ends with Ctrl-D and reports the exit code', async () => {
    const { terminal, seen, until } = await open()
    terminal.write('(exit 7)\r')
    await until(/exit 7\)\r[^]*ready> $/)
    terminal.write('\u0004')
    await eventually(() => {
      expect(seen.outcome).toEqual({ exitCode: 7, error: null })
    })
  })

  it('sets the variables for the kind of terminal and for Berth’s engine', async () => {
    const { terminal, until } = await open({ dockerHost: 'unix:///run/berth.sock' })
    terminal.write('echo "<$TERM $COLORTERM $DOCKER_HOST>"\r')
    await until('<xterm-256color truecolor unix:///run/berth.sock>')
  })

  it('delivers nothing while paused, and everything afterwards', async () => {
    const { terminal, seen, until } = await open()
    terminal.pause()
    terminal.write('seq 1 2000; echo over\r')
    await new Promise(setImmediate)
    const before = seen.text.length
    await new Promise(setImmediate)
    expect(seen.text.length).toBe(before)
    terminal.resume()
    await until(/\r\n2000\r\nover\r\n/)
  })

  it('leaves neither the shell nor its background jobs behind when closed', async () => {
    const { terminal, seen, until } = await open()
    terminal.write('sleep 600 & echo "child=$! shell=$$."\r')
    await until(/child=\d+ shell=\d+\./)
    const pids = /child=(\d+) shell=(\d+)\./.exec(seen.text)?.slice(1).map(Number) ?? []
    expect(pids).toHaveLength(2)
    await terminal.close()
    expect(seen.outcome).toEqual({ exitCode: null, error: null })
    await eventually(() => {
      expect(pids.filter(isRunning)).toEqual([])
    })
  })

  it('leaves no background job behind when closed while the shell prepares its prompt', async () => {
    const { terminal, seen, until } = await open()
    terminal.write('PROMPT_COMMAND=\'sleep 0.7\'; sleep 600 & echo "child=$!."\r')
    await until(/child=\d+\./)
    await terminal.close()
    const child = Number(/child=(\d+)\./.exec(seen.text)?.[1])
    await eventually(() => {
      expect(isRunning(child)).toBe(false)
    })
  })

  it('kills a shell that ignores the request to end', async () => {
    const { terminal, seen, until } = await open()
    terminal.write(`exec bash -c 'trap "" HUP TERM; echo "stubborn=$$."; while :; do sleep 0.1; done'\r`)
    await until(/stubborn=\d+\./)
    await terminal.close()
    expect(isRunning(Number(/stubborn=(\d+)/.exec(seen.text)?.[1]))).toBe(false)
  })

  it('can be closed while paused, and twice', async () => {
    const { terminal } = await open()
    terminal.write('yes\r')
    terminal.pause()
    await Promise.all([terminal.close(), terminal.close()])
  })

  it('ignores input and size changes after its end', async () => {
    const { terminal, seen } = await open()
    terminal.write('exit\r')
    await eventually(() => {
      expect(seen.outcome?.exitCode).toBe(0)
    })
    terminal.write('echo late\r')
    await expect(terminal.resize(size)).resolves.toBeUndefined()
  })

  it('fails with a clear error if the shell cannot be run', async () => {
    await expect(
      openHostTerminal({ size, env: { ...env, SHELL: '/no/such/shell' }, platform: 'linux' }),
    ).rejects.toMatchObject({ code: 'session.spawn-failed' })
  })
})

describe('the shell of a platform', () => {
  it('is the user’s own shell on Linux', () => {
    expect(userShell({ SHELL: '/bin/zsh' }, 'linux')).toEqual({ file: '/bin/zsh', args: [] })
  })

  it('is a login shell on macOS', () => {
    expect(userShell({ SHELL: '/bin/zsh' }, 'darwin')).toEqual({ file: '/bin/zsh', args: ['-l'] })
  })

  it('is the command interpreter on Windows', () => {
    expect(userShell({ COMSPEC: 'C:\\Windows\\system32\\cmd.exe' }, 'win32').file).toBe(
      'C:\\Windows\\system32\\cmd.exe',
    )
    expect(userShell({}, 'win32').file).toBe('powershell.exe')
  })
})

describe('the environment of a shell', () => {
  it('is the app’s environment without the variables that are only for the app', () => {
    const environment = shellEnvironment(
      {
        HOME: '/home/me',
        BERTH_HOME: '/x',
        ELECTRON_RUN_AS_NODE: '1',
        NODE_OPTIONS: '--x',
        EMPTY: undefined,
      },
      'linux',
      undefined,
    )
    expect(environment).toEqual({ HOME: '/home/me', TERM: 'xterm-256color', COLORTERM: 'truecolor' })
  })

  it('has a UTF-8 locale on macOS, where apps have no locale, unless the user has set one', () => {
    expect(shellEnvironment({}, 'darwin', undefined)).toMatchObject({ LANG: 'en_US.UTF-8' })
    expect(shellEnvironment({ LANG: 'ko_KR.UTF-8' }, 'darwin', undefined)).toMatchObject({
      LANG: 'ko_KR.UTF-8',
    })
  })
})
