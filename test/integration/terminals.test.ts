import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openContainerTerminal } from '../../src/main/terminals/container-terminal'
import { openMachineTerminal } from '../../src/main/terminals/machine-terminal'
import { Reaper } from '../../src/main/terminals/reaper'
import { flowControl } from '../../src/shared/flow-control'
import { EngineFixture } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'
import { TerminalView } from '../support/terminal-view'

const size = { columns: 90, rows: 30 }
const patience = { timeout: 90_000, interval: 200 }

describe('terminals', () => {
  let fixture: EngineFixture
  let reaper: Reaper
  const views: TerminalView[] = []

  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  beforeEach(() => {
    reaper = new Reaper(fixture.machine.link, silentLog)
  })
  afterEach(async () => {
    for (const view of views.splice(0)) await view.sessions.closeAll()
    await fixture.clear()
  })
  afterAll(() => fixture.close())

  async function openContainer(
    containerId: string,
    { name = 'web', detachKeys }: { name?: string; detachKeys?: string } = {},
  ): Promise<TerminalView> {
    const { containers } = fixture.engine
    const view = new TerminalView(
      await openContainerTerminal({ containers, reaper, containerId, name, size, detachKeys }),
    )
    views.push(view)
    await view.until(/# /)
    return view
  }

  async function openMachine(): Promise<TerminalView> {
    const view = new TerminalView(await openMachineTerminal({ link: fixture.machine.link, reaper, size }))
    views.push(view)
    await view.until(/# /)
    return view
  }

  /** Lists the machine's processes whose whole command line matches `pattern`. Zombies do not count. */
  async function running(pattern: string): Promise<string> {
    const { stdout } = await fixture.machine.link.exec(`pgrep -r D,R,S,T,t -a -x -f '${pattern}'`)
    return stdout.trim()
  }

  /** Cuts every SSH connection from the machine's end. The delay lets `exec` return before the connections end. */
  async function dropConnections(): Promise<void> {
    const { link } = fixture.machine
    const down = once(link, 'down')
    const up = once(link, 'up')
    await link.exec("setsid sh -c 'sleep 0.2; pkill -x sshd-session' >/dev/null 2>&1 </dev/null &")
    await down
    await up
  }

  describe('in a container', () => {
    it('are ptys whose size follows the window', async () => {
      const { id } = await fixture.run()
      const view = await openContainer(id)
      view.write('stty size\r')
      await view.until(/\r\n30 90\r\n/)
      await view.resize({ columns: 132, rows: 43 })
      view.write('stty size\r')
      await view.until(/\r\n43 132\r\n/)
    })

    it('carry UTF-8 and colours, and have the variable TERM', async () => {
      const { id } = await fixture.run()
      const view = await openContainer(id)
      view.write(`printf '\\355\\225\\234 \\342\\234\\223 \\033[31mred\\033[0m %s\\n' "$TERM"\r`)
      await view.until(/한 ✓.*xterm-256color/)
      expect(view.text).toContain('한 ✓ \u001b[31mred\u001b[0m xterm-256color')
    })

    it('pass on Ctrl-P immediately, and do not end with Ctrl-P Ctrl-Q', async () => {
      const { id } = await fixture.run()
      const view = await openContainer(id)
      view.write(
        'stty -icanon -ixon -echo; echo ready; head -c 1 | od -An -tx1; echo first; head -c 2 | od -An -tx1; stty sane\r',
      )
      await view.until(/\nready\r/)
      view.write('\u0010')
      await view.until(/ 10\r\nfirst\r/)
      view.write('\u0010\u0011')
      await view.until(/ 10 11\r/)
    })

    it('leave the shell running if the user types the detach keys', async () => {
      const { id } = await fixture.run()
      const view = await openContainer(id, { detachKeys: 'ctrl-x,x' })
      view.write('sleep 7102\r')
      await vi.waitFor(async () => {
        expect(await running('sleep 7102')).not.toBe('')
      }, patience)
      view.write('\u0018x')
      expect(await view.untilEnded()).toMatchObject({ exitCode: null, error: { code: 'session.detached' } })
      expect(await running('sleep 7102')).not.toBe('')
    })

    it('interrupt a command with Ctrl-C and end with Ctrl-D', async () => {
      const { id } = await fixture.run()
      const view = await openContainer(id)
      view.write('echo going; sleep 7101\r')
      await view.until(/\ngoing\r/)
      await vi.waitFor(async () => {
        expect(await running('sleep 7101')).not.toBe('')
      }, patience)
      view.write('\u0003')
      await view.until(/\^C/)
      view.write('echo status=$?\r')
      await view.until(/status=130/)
      view.write('(exit 5)\r')
      await view.until(/exit 5\)\r\n[^]*# /)
      view.write('\u0004')
      expect(await view.untilEnded()).toMatchObject({ exitCode: 5, error: null })
      expect(await running('sleep 7101')).toBe('')
    })

    it('end all their processes when closed: the shell, its jobs, and jobs that ignore SIGHUP', async () => {
      const { id } = await fixture.run()
      const view = await openContainer(id)
      view.write(`sleep 7201 & sh -c 'trap "" HUP; sleep 7202' & sleep 7203\r`)
      await vi.waitFor(async () => {
        expect((await running('sleep 720.')).split('\n')).toHaveLength(3)
      }, patience)
      const before = await fixture.machine.link.exec(`pgrep -c -x -f '.*sh -c command -v bash.*|sh'`)
      await view.close()
      expect(await running('sleep 720.')).toBe('')
      const after = await fixture.machine.link.exec(`pgrep -c -x -f '.*sh -c command -v bash.*|sh'`)
      expect(Number(after.stdout)).toBeLessThan(Number(before.stdout))
      expect((await fixture.engine.containers.get(id)).state).toBe('running')
    })

    it('end all their processes when their window’s connection closes', async () => {
      const { id } = await fixture.run()
      const view = await openContainer(id)
      view.write('sleep 7301\r')
      await vi.waitFor(async () => {
        expect(await running('sleep 7301')).not.toBe('')
      }, patience)
      view.connection.close()
      await vi.waitFor(async () => {
        expect(await running('sleep 7301')).toBe('')
      }, patience)
      expect(view.sessions.list()).toEqual([])
    })

    it('end all their processes when the connection to the machine is lost', async () => {
      const { id } = await fixture.run()
      const view = await openContainer(id)
      view.write('sleep 7401 & sleep 7402\r')
      await vi.waitFor(async () => {
        expect((await running('sleep 740.')).split('\n')).toHaveLength(2)
      }, patience)
      await dropConnections()
      expect(await view.untilEnded()).toMatchObject({
        exitCode: null,
        error: { code: 'machine.connection-lost' },
      })
      await vi.waitFor(async () => {
        expect(await running('sleep 740.')).toBe('')
      }, patience)
    })

    it('block a command with much output while no view reads, and lose no output', async () => {
      const { id } = await fixture.run()
      const view = await openContainer(id)
      view.reading = false
      // This output is larger than all buffers between the program and the view.
      view.write('seq 1 1000000\r')
      await view.until(/\n9000\r/)
      await vi.waitFor(async () => {
        expect((await fixture.machine.link.exec('pgrep -r S -x seq')).code).toBe(0)
      }, patience)
      expect(view.text.length).toBeLessThan(flowControl.high * 1.5)
      view.reading = true
      view.session.acknowledge(view.viewId, view.text.length)
      await view.until(/\n100000\r/)
      const numbers = (view.text.match(/(?<=\n)\d+(?=\r)/g) ?? []).slice(0, 100_000).map(Number)
      expect(numbers).toEqual(Array.from({ length: 100_000 }, (_, index) => index + 1))
    })

    it('report that an image has no shell', async () => {
      const archive = pack()
      archive.entry({ name: 'sleep', mode: 0o755 }, await readFile('/bin/busybox'))
      archive.finalize()
      await fixture.engine.images.import('shell-less:1', Readable.from([await buffer(archive)]))
      const { id } = await fixture.run({ image: 'shell-less:1', command: ['/sleep', '100000'] })
      await expect(openContainer(id, { name: 'bare' })).rejects.toMatchObject({
        code: 'container.no-shell',
        params: { container: 'bare' },
      })
    })

    it('report that the container does not run', async () => {
      const { id } = await fixture.run()
      await fixture.engine.containers.kill(id)
      await expect(openContainer(id)).rejects.toMatchObject({ code: 'container.not-running' })
    })

    it('report that the container does not exist', async () => {
      await expect(openContainer('nobody')).rejects.toMatchObject({ code: 'container.not-found' })
    })
  })

  describe('of the machine itself', () => {
    it('are ptys whose size follows the window', async () => {
      const view = await openMachine()
      view.write('stty size; echo $TERM\r')
      await view.until(/\r\n30 90\r\nxterm-256color\r\n/)
      await view.resize({ columns: 100, rows: 20 })
      view.write('stty size\r')
      await view.until(/\r\n20 100\r\n/)
    })

    it('report their exit code', async () => {
      const view = await openMachine()
      view.write('exit 9\r')
      expect(await view.untilEnded()).toMatchObject({ exitCode: 9, error: null })
    })

    it('end all their processes when closed', async () => {
      const view = await openMachine()
      view.write('sleep 7501 & sleep 7502\r')
      await vi.waitFor(async () => {
        expect((await running('sleep 750.')).split('\n')).toHaveLength(2)
      }, patience)
      await view.close()
      expect(await running('sleep 750.')).toBe('')
    })

    it('end all their processes when the connection to the machine is lost', async () => {
      const view = await openMachine()
      view.write('sleep 7601 & sleep 7602\r')
      await vi.waitFor(async () => {
        expect((await running('sleep 760.')).split('\n')).toHaveLength(2)
      }, patience)
      await dropConnections()
      expect(await view.untilEnded()).toMatchObject({
        exitCode: null,
        error: { code: 'machine.connection-lost' },
      })
      await vi.waitFor(async () => {
        expect(await running('sleep 760.')).toBe('')
      }, patience)
    })
  })
})
