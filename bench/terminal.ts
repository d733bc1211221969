import { randomUUID } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { EngineState } from '../src/main/engine/engine-state'
import { delay } from '../src/main/lib'
import { SessionList } from '../src/main/sessions/session-list'
import { Terminals } from '../src/main/terminals/terminals'
import { flowControl } from '../src/shared/flow-control'
import { idleContainer } from '../test/support/busybox-image'
import { messagePort } from '../test/support/carriers'
import { FakeServices, silentLog } from '../test/support/fake-services'
import type { Client } from '../test/support/headless-client'
import { onMachine, type BenchMachine } from './support/machine'
import { median, timed, type BenchOptions, type BenchResult } from './support/result'

const full = { keys: 400, rounds: 3, megabytes: 50 }
const smallest: typeof full = { keys: 5, rounds: 1, megabytes: 1 }
const size = { columns: 100, rows: 30 }
/** The most that a stalled view may add to this program's memory, in MB. A session and its channel keep about 3 MB. */
const stalledLimit = 16

/** A terminal as the benchmark uses it: Berth's, or the one of a peer. */
interface Shell {
  write(text: string): void
  /** Resolves after the terminal has printed at least this many characters more than before. */
  printed(characters: number): Promise<void>
  /** Resolves after the terminal has printed the text. */
  until(text: string): Promise<void>
  close(): Promise<void>
}

/** Counts what a terminal prints, and keeps the end of it. */
class Output {
  #total = 0
  #end = ''
  #check: () => void = () => undefined

  add(text: string): void {
    this.#total += text.length
    this.#end = (this.#end + text).slice(-200)
    this.#check()
  }

  printed(characters: number): Promise<void> {
    const wanted = this.#total + characters
    return this.#when(() => this.#total >= wanted)
  }

  until(text: string): Promise<void> {
    this.#end = ''
    return this.#when(() => this.#end.includes(text))
  }

  #when(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#check = () => {
        if (condition()) resolve()
      }
      this.#check()
    })
  }
}

/**
 * Measures a shell in a container, through the contract and the carrier of the app's window. Compares it with
 * `ssh -tt … docker exec -it`, OpenSSH and the docker CLI in the same machine: the time from a key to its echo, and the
 * time for much output. Also measures how much memory a view that does not read takes.
 */
export default function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  return onMachine((bench) => compare(bench, smoke ? smallest : full), { smoke })
}

async function compare(bench: BenchMachine, { keys, rounds, megabytes }: typeof full): Promise<BenchResult> {
  const { containers } = bench.engine
  const { id } = await containers.create({ ...idleContainer, command: ['sleep', '100000'] })
  await containers.start(id)
  const { client, sessions } = await connect(bench)
  try {
    const ours = await openOurs(client, id)
    const theirs = await openTheirs(bench, id)
    const echo = await echoes(keys, ours, theirs)
    const output = await outputs(rounds, megabytes, ours, theirs)
    await Promise.all([ours.close(), theirs.close()])
    const stalled = await stalledGrowth(client, id, megabytes)
    const speed = (seconds: number[]) => megabytes / median(seconds)
    const figures = {
      berth_echo_p95_seconds: percentile(echo.ours, 0.95),
      ssh_echo_p95_seconds: percentile(echo.theirs, 0.95),
      berth_megabytes_per_second: speed(output.ours),
      ssh_megabytes_per_second: speed(output.theirs),
      stalled_growth_megabytes: stalled,
    }
    return {
      name: 'terminal',
      ratios: {
        ssh_echo: figures.berth_echo_p95_seconds / figures.ssh_echo_p95_seconds,
        ssh_throughput: figures.berth_megabytes_per_second / figures.ssh_megabytes_per_second,
      },
      figures,
      table: [
        ['shell in a container', 'echo, median', 'echo, 95%', `${String(megabytes)} MB`],
        row('Berth', echo.ours, figures.berth_megabytes_per_second),
        row('ssh -tt … docker exec -it', echo.theirs, figures.ssh_megabytes_per_second),
        ['memory of a stalled view', `${stalled.toFixed(1)} MB`, '', ''],
      ],
    }
  } finally {
    await sessions.closeAll()
  }
}

/** Serves real terminals over the carrier of the app's window. */
async function connect({
  machine,
  engine,
}: BenchMachine): Promise<{ client: Client; sessions: SessionList }> {
  const sessions = new SessionList({ log: silentLog })
  const terminals = new Terminals({
    link: machine.link,
    log: silentLog,
    engine,
    state: new EngineState({ engine, link: machine.link, log: silentLog }),
    env: process.env,
    platform: process.platform,
    dockerHost: '',
    settings: () => ({ detachKeys: '' }),
  })
  const services = Object.assign(new FakeServices(), { sessions, terminals })
  const host = await messagePort.host(services)
  return { client: (await host.connect()).client, sessions }
}

async function openOurs(client: Client, containerId: string): Promise<Shell> {
  const target = { kind: 'container' as const, containerId, shell: '/bin/sh' }
  const { id: sessionId } = await client.terminals.open({ target, size })
  const output = new Output()
  const viewId = randomUUID()
  const read = async () => {
    let units = 0
    for await (const event of await client.sessions.attach({ sessionId, viewId })) {
      if (event.type === 'output') output.add(event.text)
      units += event.cost
      if (units < flowControl.ack) continue
      await client.sessions.acknowledge({ sessionId, viewId, units })
      units = 0
    }
  }
  // The stream ends with an error when the benchmark closes the session.
  read().catch(() => undefined)
  return {
    write: (text) => void client.terminals.write({ sessionId, text }),
    printed: (characters) => output.printed(characters),
    until: (text) => output.until(text),
    close: () => client.sessions.close({ sessionId }),
  }
}

async function openTheirs({ ssh }: BenchMachine, container: string): Promise<Shell> {
  const output = new Output()
  const child = spawn(
    '/usr/bin/ssh',
    [
      '-F',
      ssh.config,
      '-tt',
      '-p',
      String(ssh.port),
      'root@127.0.0.1',
      `docker exec -it ${container} /bin/sh`,
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.add(text)
  })
  await output.until('# ')
  return {
    write: (text) => child.stdin.write(text),
    printed: (characters) => output.printed(characters),
    until: (text) => output.until(text),
    async close() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}

/** Types keys that the terminal echoes. Berth and the peer take turns, so that other load affects them equally. */
async function echoes(
  keys: number,
  ours: Shell,
  theirs: Shell,
): Promise<{ ours: number[]; theirs: number[] }> {
  const seconds = { ours: [] as number[], theirs: [] as number[] }
  const type = async (shell: Shell) => {
    const echoed = shell.printed(1)
    shell.write('x')
    await echoed
  }
  for (const shell of [ours, theirs]) {
    const ready = shell.until('ready\r')
    shell.write("stty -icanon; echo re'ad'y; cat >/dev/null\r")
    await ready
    await type(shell)
  }
  for (let key = 0; key < keys; key++) {
    seconds.ours.push(await timed(() => type(ours)))
    seconds.theirs.push(await timed(() => type(theirs)))
  }
  for (const shell of [ours, theirs]) {
    // Ctrl+C discards what is typed with it, so the next command has to wait for the prompt.
    const prompt = shell.until('# ')
    shell.write('\u0003')
    await prompt
    const done = shell.until('done\r')
    shell.write("stty sane; echo do'n'e\r")
    await done
  }
  return seconds
}

/** Lines of text. The end mark is in no command that the terminal echoes. */
function flood(megabytes: number): string {
  const line = 'The quick brown fox jumps over the lazy dog, and the terminal shows every line of it in time.'
  return `yes '${line}' | head -c ${String(megabytes)}000000; echo; echo "fl"ood-end\r`
}

async function outputs(
  rounds: number,
  megabytes: number,
  ours: Shell,
  theirs: Shell,
): Promise<{ ours: number[]; theirs: number[] }> {
  const run = async (shell: Shell) => {
    const ended = shell.until('flood-end\r')
    shell.write(flood(megabytes))
    await ended
  }
  const seconds = { ours: [] as number[], theirs: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    seconds.ours.push(await timed(() => run(ours)))
    seconds.theirs.push(await timed(() => run(theirs)))
  }
  return seconds
}

/**
 * Returns how many MB a view adds that reads and never acknowledges, while the shell prints.
 * @throws Error if it is more than `stalledLimit`
 */
async function stalledGrowth(client: Client, containerId: string, megabytes: number): Promise<number> {
  const target = { kind: 'container' as const, containerId, shell: '/bin/sh' }
  const { id: sessionId } = await client.terminals.open({ target, size })
  const events = await client.sessions.attach({ sessionId, viewId: randomUUID() })
  let units = 0
  const read = async () => {
    for await (const event of events) units += event.cost
  }
  read().catch(() => undefined)
  const before = memory()
  await client.terminals.write({ sessionId, text: flood(megabytes) })
  // The stream has stalled when it stays the same for a second.
  let last = -1
  while (last !== units || units === 0) {
    last = units
    await delay(1_000)
  }
  const growth = memory() - before
  await client.sessions.close({ sessionId })
  if (growth > stalledLimit) throw new Error(`a stalled view takes ${growth.toFixed(1)} MB`)
  return growth
}

/** The memory that this program uses, in MB. */
function memory(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

function percentile(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

function row(name: string, echo: number[], speed: number): string[] {
  const milliseconds = (seconds: number) => `${(seconds * 1000).toFixed(1)} ms`
  return [name, milliseconds(median(echo)), milliseconds(percentile(echo, 0.95)), `${speed.toFixed(1)} MB/s`]
}
