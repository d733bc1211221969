import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Logs } from '../../src/main/logs/logs'
import type { LogView } from '../../src/main/logs/log-view'
import type { LogRecord, LogSearch, LogViewEvent } from '../../src/shared/logs'
import { EngineFixture, eventually } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'

/** The page of a view: opens the view, and reads its events until `close`. */
class Viewer {
  readonly events: LogViewEvent[] = []
  view: LogView | undefined
  readonly #closing = new AbortController()
  readonly #done: Promise<void>

  constructor(logs: Logs, names: string[]) {
    this.#done = this.#run(logs, names)
  }

  static async open(logs: Logs, ...names: string[]): Promise<{ viewer: Viewer; view: LogView }> {
    const viewer = new Viewer(logs, names)
    await eventually(() => viewer.view).toBeDefined()
    const { view } = viewer
    if (view === undefined) throw new Error('no view')
    return { viewer, view }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#done
  }

  async #run(logs: Logs, names: string[]): Promise<void> {
    for await (const event of logs.open(names, this.#closing.signal)) {
      this.events.push(event)
      if (event.type === 'opened') this.view = logs.view(event.viewId)
    }
  }
}

function texts(lines: readonly LogRecord[]): string[] {
  return lines.map((line) => line.text)
}

async function all(view: LogView): Promise<LogRecord[]> {
  const lines: LogRecord[] = []
  let positions = view.names.map(() => 0)
  for (;;) {
    const page = await view.read('newer', { positions, count: 1_000 })
    lines.push(...page.lines)
    if (page.lines.length === 0) return lines
    positions = page.positions
  }
}

async function found(view: LogView, search: LogSearch): Promise<LogRecord[]> {
  const { bounds } = await view.reader.read('older', { positions: view.names.map(() => 0), count: 1 })
  const options = {
    positions: bounds.map(({ end }) => end),
    limit: 5_000,
    signal: new AbortController().signal,
  }
  const hits: LogRecord[] = []
  for await (const event of view.reader.search(search, options)) hits.push(...event.hits)
  return hits
}

describe('logs in the machine', () => {
  let fixture: EngineFixture
  let logs: Logs
  let keepMiB = 500

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    const { machine, engine, state } = fixture
    logs = new Logs({ link: machine.link, log: silentLog, engine, state, keepMiB: () => keepMiB })
    await logs.kept.clear()
  })
  afterAll(async () => {
    await logs.kept.clear()
    await fixture.close()
  })

  /** Runs a container until it ends. Waits until Berth knows it. */
  async function ended(name: string, script: string, options: string[] = []): Promise<string> {
    await fixture.docker.run('run', '--name', name, ...options, 'busybox:latest', 'sh', '-c', script)
    await eventually(() => [...fixture.state.containers.values()].some((each) => each.name === name)).toBe(
      true,
    )
    return fixture.docker.run('logs', name)
  }

  test('a rotated log reads as docker logs does, from both ends, and a moment is found in it', async () => {
    const rotating = ['--log-opt', 'max-size=40k', '--log-opt', 'max-file=4']
    // The long line is more than 16 KiB, so the engine splits it.
    const script =
      'i=0; while [ $i -lt 900 ]; do echo "line $i of the log"; i=$((i+1)); done; head -c 20000 /dev/zero | tr "\\0" x; echo; echo "日本 \\"q\\" end"'
    const output = await ended('rotated', script, rotating)
    const { viewer, view } = await Viewer.open(logs, 'rotated')
    const lines = await all(view)
    const joined = lines.map((line) => line.text + (line.continues === true ? '' : '\n')).join('')
    // Berth may know more than docker, because it keeps the files that the engine has deleted.
    expect(joined.endsWith(output.trimEnd() + '\n')).toBe(true)
    expect(lines.filter(({ continues }) => continues === true)).toHaveLength(1)
    expect(texts(lines).slice(0, 2)).toEqual(['line 0 of the log', 'line 1 of the log'])

    const end = lines.at(-1)?.next ?? 0
    const backwards: LogRecord[] = []
    for (let positions = [end]; ;) {
      const page = await view.read('older', { positions, count: 250 })
      backwards.unshift(...page.lines)
      positions = page.positions
      if (page.atStart) break
    }
    expect(backwards).toEqual(lines)

    const moment = lines[600]
    if (moment === undefined) throw new Error('no line')
    const positions = await view.reader.seekTime(moment.time)
    const [first] = (await view.read('newer', { positions, count: 1 })).lines
    expect(first?.time).toBe(moment.time)
    expect(positions[0]).toBeLessThanOrEqual(moment.position)
    await viewer.close()
  })

  test('a search finds what grep finds, newest first', async () => {
    const script =
      'i=0; while [ $i -lt 300 ]; do echo "row $i"; i=$((i+1)); done; echo "{\\"level\\":\\"error\\",\\"msg\\":\\"bad\\"}" >&2; echo end'
    await ended('searched', script)
    const { viewer, view } = await Viewer.open(logs, 'searched')
    const regex = await found(view, { kind: 'regex', pattern: '^row [12]?7$', ignoreCase: false })
    expect(texts(regex)).toEqual(['row 27', 'row 17', 'row 7'])
    const plain = await found(view, { kind: 'text', pattern: 'ROW 29', ignoreCase: true })
    expect(plain).toHaveLength(11)
    const [error] = await found(view, { kind: 'text', pattern: '"level":"error"', ignoreCase: false })
    expect(error).toMatchObject({ stream: 'stderr', text: '{"level":"error","msg":"bad"}' })
    await expect(found(view, { kind: 'regex', pattern: '(', ignoreCase: false })).rejects.toMatchObject({
      code: 'logs.pattern-invalid',
    })
    await viewer.close()
  })

  test('two logs read as one, in the order of time, and new lines and prompts are reported', async () => {
    const wait = 'while [ ! -e /tmp/go ]; do sleep 0.1; done'
    const talk = `echo right; echo first; printf "Name: "; ${wait}; echo Berth; sleep 1000`
    const start = ['run', '-d', '--name']
    await fixture.docker.run(...start, 'left', 'busybox:latest', 'sh', '-c', 'echo left; sleep 1000')
    const { id } = await fixture.run({ name: 'right', command: ['sh', '-c', talk] })
    await eventually(() => fixture.state.containers.get(id)?.state).toBe('running')
    const { viewer, view } = await Viewer.open(logs, 'left', 'right')
    await eventually(async () => texts(await all(view))).toEqual(['left', 'right', 'first'])
    await eventually(() => viewer.events.findLast(({ type }) => type === 'open')).toMatchObject({
      text: 'Name: ',
      log: 1,
    })
    const grown = viewer.events.filter(({ type }) => type === 'grown').length
    await fixture.docker.run('exec', 'right', 'touch', '/tmp/go')
    await eventually(() => viewer.events.filter(({ type }) => type === 'grown').length).toBeGreaterThan(grown)
    await eventually(async () => texts(await all(view))).toEqual(['left', 'right', 'first', 'Name: Berth'])
    await fixture.docker.run('rm', '-f', 'left', 'right')
    await viewer.close()
  })

  test('the log of a removed container continues in the new container of the same name, within the limit', async () => {
    await ended('again', 'echo from the first')
    const { viewer, view } = await Viewer.open(logs, 'again')
    await fixture.docker.run('rm', 'again')
    await ended('again', 'echo from the second')
    await eventually(async () => texts(await all(view))).toEqual(['from the first', 'from the second'])
    await viewer.close()
    await fixture.docker.run('rm', 'again')
    await eventually(async () => (await logs.kept.list()).map(({ name }) => name)).toContain('again')
    const options = { names: ['again'], timestamps: false }
    const whole = async () => text(await logs.text(options, new AbortController().signal))
    expect(await whole()).toBe('from the first\nfrom the second\n')

    keepMiB = 0
    await logs.applyLimit()
    await eventually(() => logs.kept.list()).toEqual([])
    expect(await whole()).toBe('')
    keepMiB = 500
    await logs.applyLimit()
  })

  test('a container with another log driver is named', async () => {
    await fixture.docker.run('run', '--name', 'silent', '--log-driver', 'none', 'busybox:latest', 'true')
    await eventually(() => [...fixture.state.containers.values()].some(({ name }) => name === 'silent')).toBe(
      true,
    )
    const { viewer } = await Viewer.open(logs, 'silent')
    expect(viewer.events[0]).toMatchObject({ unreadable: [{ name: 'silent', driver: 'none' }] })
    await viewer.close()
  })
})
