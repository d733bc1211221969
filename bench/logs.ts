import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DockerSocket } from '../src/main/docker-socket/docker-socket'
import { engineSocketPath } from '../src/main/engine/client'
import { EngineState } from '../src/main/engine/engine-state'
import { Logs } from '../src/main/logs/logs'
import { logSearch } from '../src/shared/log-query'
import type { LogPositions } from '../src/shared/logs'
import { idleContainer } from '../test/support/busybox-image'
import { webSocket } from '../test/support/carriers'
import { FakeServices } from '../test/support/fake-services'
import type { Client } from '../test/support/headless-client'
import { logPageMemory, type Reading } from './support/logs-page'
import { onMachine, type BenchMachine } from './support/machine'
import { median, timed, type BenchOptions, type BenchResult } from './support/result'

const name = 'big'
const allLines = 1_000_000
const jumps = 20
const pageLines = 5_000
const reading: Reading = { jumps: 10, turns: 100 }
const shortReading: Reading = { jumps: 1, turns: 2 }
/** Matches one line of a thousand. `docker logs` has no search, so its users pass the whole log to grep. */
const pattern = '[0-9]*777 .* dog'

/**
 * Reads, jumps in and searches a log of a million lines, through the contract over a WebSocket as the page does.
 * Compares this with `docker logs` of the host's CLI over Berth's socket, into /dev/null and into grep.
 */
export default function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  const lines = smoke ? 1_000 : allLines
  return onMachine(
    async (bench) => {
      const { engine, machine, log, sshFolder } = bench
      await writeLog(bench, lines)
      const socket = new DockerSocket({
        path: join(sshFolder, 'docker.sock'),
        platform: process.platform,
        log,
        openEngine: () => machine.link.openUnixSocket(engineSocketPath),
      })
      await socket.listen()
      const state = new EngineState({ engine, link: machine.link, log })
      const listed = once(state, 'change')
      state.start()
      await listed
      const logs = new Logs({ link: machine.link, log, engine, state, keepMiB: () => 500 })
      const doubles = new FakeServices()
      doubles.machine.enter('running')
      const services = Object.assign(doubles, { logs, state })
      const host = await webSocket.host(services)
      const connection = await host.connect()
      try {
        const measured = await measure(connection.client, lines, {
          dockerHost: `unix://${join(sshFolder, 'docker.sock')}`,
        })
        const pageBytes = await logPageMemory(services, { name, ...(smoke ? shortReading : reading) })
        return result(lines, { ...measured, page_bytes: pageBytes })
      } finally {
        connection.drop()
        await host.close()
        state.stop()
        await socket.close()
      }
    },
    { smoke },
  )
}

/** Runs a container that writes the lines, and waits for its end. */
async function writeLog({ engine }: BenchMachine, lines: number): Promise<void> {
  const script = `seq 1 ${String(lines)} | sed 's/$/ the quick brown fox jumps over the lazy dog and writes a line/'`
  const { id } = await engine.containers.create({ ...idleContainer, name, command: ['sh', '-c', script] })
  await engine.containers.start(id)
  // The log ends with the container.
  let written = 0
  for await (const { entries } of engine.containers.logs(id, { tail: 0, follow: true }))
    written += entries.length
  if (written > lines) throw new Error(`${String(written)} lines instead of ${String(lines)}`)
}

interface Figures {
  berth_seconds: number
  docker_seconds: number
  jump_seconds: number
  longest_jump_seconds: number
  search_seconds: number
  grep_seconds: number
  found_lines: number
  /** How much the memory of this process grew while it read the log. This process holds the host and the reader. */
  growth_bytes: number
}

async function measure(
  client: Client,
  lines: number,
  { dockerHost }: { dockerHost: string },
): Promise<Figures> {
  const events = await client.logs.open({ names: [name] })
  const first = await events.next()
  if (first.done === true || first.value.type !== 'opened') throw new Error('the view did not open')
  const { viewId } = first.value
  const docker = (command: string) => run(`docker logs ${name} ${command}`, { DOCKER_HOST: dockerHost })

  const dockerSeconds = await timed(() => docker('>/dev/null'))
  const before = process.memoryUsage().rss
  const readSeconds = await timed(async () => {
    const count = await readAll(client, viewId)
    if (count !== lines) throw new Error(`read ${String(count)} lines instead of ${String(lines)}`)
  })
  const growth = process.memoryUsage().rss - before

  const begin = (await client.logs.read({ viewId, positions: [0], direction: 'newer', count: 1 })).lines[0]
  const end = (await client.logs.read({ viewId, positions: [], direction: 'older', count: 1 })).lines[0]
  const jumpSeconds: number[] = []
  for (let jump = 0; jump < jumps; jump++) {
    const from = begin?.time ?? 0
    const time = from + (((end?.time ?? from) - from) * jump) / jumps
    jumpSeconds.push(await timed(() => jumpTo(client, viewId, time)))
  }

  const grepSeconds = await timed(() => docker(`| grep -cE '${pattern}'`))
  let hits = 0
  const search = logSearch({ text: pattern, isRegex: true, matchCase: true })
  const searchSeconds = await timed(async () => {
    for await (const event of await client.logs.search({ viewId, search, positions: [], limit: 5_000 }))
      hits += event.hits.length
  })
  await events.return()
  return {
    berth_seconds: readSeconds,
    docker_seconds: dockerSeconds,
    jump_seconds: median(jumpSeconds),
    longest_jump_seconds: Math.max(...jumpSeconds),
    search_seconds: searchSeconds,
    grep_seconds: grepSeconds,
    found_lines: hits,
    growth_bytes: growth,
  }
}

function result(lines: number, figures: Figures & { page_bytes: number }): BenchResult {
  const { berth_seconds, docker_seconds, search_seconds, grep_seconds } = figures
  const milliseconds = (value: number) => `${(value * 1000).toFixed(0)} ms`
  return {
    name: 'logs',
    // Berth's lines in a second, and the time of its search, divided by those of docker logs.
    ratios: { docker_logs: docker_seconds / berth_seconds, grep: search_seconds / grep_seconds },
    figures: { ...figures },
    table: [
      [`${String(lines)} lines`, 'Berth', 'docker logs'],
      ['read all', seconds(berth_seconds), seconds(docker_seconds)],
      [`search (${String(figures.found_lines)} lines found)`, seconds(search_seconds), seconds(grep_seconds)],
      ['jump to a moment, median', milliseconds(figures.jump_seconds), ''],
      ['jump to a moment, longest', milliseconds(figures.longest_jump_seconds), ''],
      ['memory while reading all: Berth (with the reader)', `${megabytes(figures.growth_bytes)} more`, ''],
      ['memory while scrolling and jumping: the page', megabytes(figures.page_bytes), ''],
    ],
  }
}

async function readAll(client: Client, viewId: string): Promise<number> {
  let count = 0
  let positions: LogPositions = [0]
  for (;;) {
    const page = await client.logs.read({ viewId, positions, direction: 'newer', count: pageLines })
    count += page.lines.length
    positions = page.positions
    if (page.lines.length === 0) return count
  }
}

/** Reads what the page reads for a jump. */
async function jumpTo(client: Client, viewId: string, time: number): Promise<void> {
  const { positions } = await client.logs.seek({ viewId, to: { time } })
  await Promise.all([
    client.logs.read({ viewId, positions, direction: 'older', count: 500 }),
    client.logs.read({ viewId, positions, direction: 'newer', count: 500 }),
  ])
}

async function run(command: string, environment: Record<string, string>): Promise<void> {
  const child = spawn('sh', ['-c', command], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}`)
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(0)} MB`
}
