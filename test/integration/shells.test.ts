import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Terminals } from '../../src/main/terminals/terminals'
import type { ShellChoice } from '../../src/shared/shells'
import { EngineFixture, eventually } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'
import { shellLessTar } from '../support/shell-less-image'
import { TerminalView } from '../support/terminal-view'

/** The lines are so long that no command is wrapped. */
const size = { columns: 400, rows: 30 }
/** The shell of busybox asks for the cursor's position after its prompt. */
const prompt = /[#$] (?:.\[6n)?$/
const patience = { timeout: 60_000, interval: 100 }

describe('shells of containers', () => {
  let fixture: EngineFixture
  let terminals: Terminals
  const views: TerminalView[] = []

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    const { machine, engine, state } = fixture
    terminals = new Terminals({
      link: machine.link,
      log: silentLog,
      engine,
      state,
      env: process.env,
      platform: process.platform,
      dockerHost: '',
      settings: () => ({ detachKeys: '' }),
    })
    await engine.images.import('shell-less:1', Readable.from([await shellLessTar()]))
  })
  afterEach(async () => {
    for (const view of views.splice(0)) await view.sessions.closeAll()
  })
  afterAll(() => fixture.close())

  async function open(containerId: string, choice: ShellChoice = {}): Promise<TerminalView> {
    const { source } = await terminals.open({ kind: 'container', containerId, ...choice }, size)
    const view = new TerminalView(source)
    views.push(view)
    await view.until(prompt)
    return view
  }

  /** Runs a command in the shell. Returns its output. */
  async function ask(view: TerminalView, command: string): Promise<string> {
    const from = view.text.length
    view.write(`${command}; echo "=$?="\r`)
    await vi.waitFor(() => {
      const shown = view.text.slice(from)
      expect(shown).toMatch(/\n=\d+=\r\n/)
      expect(shown).toMatch(prompt)
    }, patience)
    const lines = view.text.slice(from).split('\r\n')
    return lines.slice(1, lines.findIndex((line) => /^=\d+=$/.test(line)) + 1).join('\n')
  }

  function shellLess(options: string[] = []): Promise<string> {
    return fixture.docker.run('run', '-d', ...options, 'shell-less:1', '/app/sleep', '100000')
  }

  it('of an image without a shell are tool shells, and change nothing in the container', async () => {
    const environment = ['-e', 'SECRET=한글 with spaces']
    const id = await shellLess([...environment, '-w', '/data', '-v', 'kept:/kept', '--hostname', 'bare'])
    await expect(open(id)).rejects.toMatchObject({ code: 'container.no-shell' })
    const view = await open(id, { shell: 'tools' })
    expect(await ask(view, 'pwd; echo "$SECRET"; hostname; stty size')).toBe(
      '/data\n한글 with spaces\nbare\n30 400\n=0=',
    )
    expect(
      await ask(view, "cat '/note with space'; readlink /link; ls /.berth/bin | grep -cx 'vi\\|ps\\|grep'"),
    ).toBe('hello from the image\n/data\n3\n=0=')
    // The first process is the container's. The machine's own processes are not visible.
    expect(await ask(view, "ps -o pid,args | sed -n '2,3p'; id -u; ls -1 /sys/class/net")).toMatch(
      /^ +1 \/app\/sleep 100000\n +\d+ \{busybox\} sh\n0\neth0\nlo\n=0=$/,
    )
    // Files in the container's own folders are the container's. The root itself is not writable.
    expect(await ask(view, 'echo one > /kept/file; touch /file')).toMatch(/Read-only file system\n=1=$/)
    expect(await ask(view, 'unshare -U true; mount -t tmpfs none /data')).toMatch(
      /unshare.*not permitted[^]*permission denied|Operation not permitted[^]*=\d+=$/i,
    )
    expect(
      await ask(view, "grep -E 'Cap(Bnd|Eff)' /proc/1/status /proc/self/status | sed 's/.*://' | uniq"),
    ).toMatch(/^\s*[0-9a-f]{16}\n=0=$/)
    await view.resize({ columns: 100, rows: 20 })
    expect(await ask(view, 'stty size')).toBe('20 100\n=0=')
    view.write('exit 7\r')
    expect(await view.untilEnded()).toMatchObject({ exitCode: 7, error: null })
    expect(await fixture.docker.run('diff', id)).toBe('')
  })

  it('are in the container’s cgroup, end with their processes when closed, and end when the container stops', async () => {
    const id = await shellLess(['--pids-limit', '12'])
    const view = await open(id, { shell: 'tools' })
    view.write('sleep 7801 & sh -c \'trap "" HUP; sleep 7802\' & sleep 7803\r')
    const running = async () =>
      (await fixture.machine.link.exec("pgrep -r D,R,S,T,t -c -x -f 'sleep 780.'")).stdout.trim()
    await eventually(running).toBe('3')
    const { stdout } = await fixture.machine.link.exec(`cat /sys/fs/cgroup/docker/${id}/pids.current`)
    expect(Number(stdout)).toBeGreaterThanOrEqual(5)
    expect(await view.session.terminal.program()).toBe('sleep')
    await view.close()
    expect(await running()).toBe('0')

    const second = await open(id, { shell: 'tools' })
    expect(await second.session.terminal.program()).toBeUndefined()
    await fixture.docker.run('kill', id)
    expect(await second.untilEnded()).toMatchObject({ error: null })
    await expect(open(id, { shell: 'tools' })).rejects.toMatchObject({ code: 'container.not-running' })
    expect((await fixture.machine.link.exec('pgrep -x tool-shell')).stdout).toBe('')
  })

  it('run as the chosen user in the chosen folder, or report why not', async () => {
    const bare = await shellLess()
    const tools = await open(bare, { shell: 'tools', user: 'worker', folder: '/app' })
    expect(await ask(tools, 'id -u; id -G; pwd; echo $HOME; touch /data/mine; touch /app/x')).toMatch(
      /^1000\n1000 50\n\/app\n\/data\n[^]*Permission denied\n=1=$/,
    )
    for (const [choice, code] of [
      [{ user: 'nobody-here' }, 'session.user-unknown'],
      [{ user: 'worker:no-group' }, 'session.user-unknown'],
      [{ folder: '/nowhere' }, 'session.folder-unusable'],
      [{ user: 'worker', folder: '/private' }, 'session.folder-unusable'],
    ] as const)
      await expect(open(bare, { shell: 'tools', ...choice }), code).rejects.toMatchObject({ code })

    const { id } = await fixture.run()
    const view = await open(id, { shell: '/bin/ash', user: '65534', folder: '/tmp' })
    expect(await ask(view, 'id -u; pwd')).toBe('65534\n/tmp\n=0=')
    for (const [choice, code] of [
      [{ user: 'nobody-here' }, 'session.user-unknown'],
      [{ folder: '/bin/sh' }, 'session.folder-unusable'],
      [{ shell: '/bin/nosh' }, 'session.shell-missing'],
    ] as const)
      await expect(open(id, choice), code).rejects.toMatchObject({ code })
  })

  it('are offered with the users, without starting anything in the container', async () => {
    const bare = await shellLess(['-u', '1000', '-w', '/data'])
    const processes = () => fixture.docker.run('top', bare, '-o', 'pid,args')
    const before = await processes()
    expect(await terminals.offers(bare)).toEqual({
      shells: [],
      users: ['root', 'worker'],
      user: '1000',
      folder: '/data',
    })
    expect(await processes()).toBe(before)
    const { id } = await fixture.run()
    expect(await terminals.offers(id)).toMatchObject({ shells: ['/bin/ash', '/bin/sh'] })
  })
})
