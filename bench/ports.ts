import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { EngineState } from '../src/main/engine/engine-state'
import { delay, freePort } from '../src/main/lib'
import { PortForwarder } from '../src/main/ports/port-forwarder'
import { downloadSchema, type DownloadRequest } from './support/http-client'
import { busybox, onMachine, type BenchMachine } from './support/machine'
import { median, type BenchOptions, type BenchResult } from './support/result'

const full = { megabytes: 24, transfers: 12, connections: 40 }
const smallest: Size = { megabytes: 1, transfers: 1, connections: 1 }
type Size = typeof full

/** A shell command for a container. It serves a large file and an empty file over HTTP. */
const server = ({ megabytes }: Size) =>
  `mkdir -p /www; : > /www/empty; dd if=/dev/zero of=/www/blob bs=1M count=${String(megabytes)}; exec httpd -f -p 8080 -h /www`

/**
 * Measures the throughput of a published port and the time of one connection, on both loopback addresses. Compares
 * Berth's port with a plain QEMU forward and with `ssh -L`, which lead to the same port of the machine.
 */
export default function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  return onMachine(
    async (bench) => {
      const size = smoke ? smallest : full
      const published = await freePort()
      const ports = await publish(bench, published, server(size))
      const raw = await freePort()
      const forward = {
        protocol: 'tcp',
        hostAddress: '127.0.0.1',
        hostPort: raw,
        guestPort: published,
      } as const
      await bench.machine.hostForward.add(forward)
      const tunnelled = await freePort()
      const tunnel = spawn(
        '/usr/bin/ssh',
        ['-F', bench.ssh.config, '-N', '-p', String(bench.ssh.port)].concat([
          '-L',
          `127.0.0.1:${String(tunnelled)}:127.0.0.1:${String(published)}`,
          'root@127.0.0.1',
        ]),
        { stdio: 'inherit' },
      )
      const client = new Worker(new URL('./http-client.js', import.meta.url))
      try {
        const ways = { berth: published, raw, ssh: tunnelled }
        for (const port of Object.values(ways)) await untilAnswered(client, port)
        return await compare(client, ways, size)
      } finally {
        await client.terminate()
        const ended = once(tunnel, 'exit')
        tunnel.kill()
        await ended
        await ports.closeAll()
        await bench.machine.hostForward.remove(forward)
      }
    },
    { smoke },
  )
}

async function publish(
  { machine, engine, log }: BenchMachine,
  port: number,
  command: string,
): Promise<PortForwarder> {
  const { hostForward, link } = machine
  const state = new EngineState({ engine, link, log })
  const ports = new PortForwarder({ hostForward, link, log, state, lanPorts: { current: [] } })
  const { id } = await engine.containers.create({
    image: busybox,
    command: ['sh', '-c', command],
    environment: [],
    ports: [{ hostIp: '', hostPort: port, containerPort: 8080, protocol: 'tcp' }],
    volumes: [],
    autoRemove: false,
    tty: false,
  })
  await engine.containers.start(id)
  state.start()
  await once(ports, 'change')
  state.stop()
  return ports
}

const names = {
  berth: 'Berth',
  localhost: 'Berth, by [::1]',
  raw: 'plain QEMU forward',
  ssh: 'ssh -L',
} as const
type Way = keyof typeof names

async function compare(
  client: Worker,
  { berth, raw, ssh }: Record<'berth' | 'raw' | 'ssh', number>,
  { megabytes, transfers, connections }: Size,
): Promise<BenchResult> {
  const ways: [Way, number, string][] = [
    ['berth', berth, '127.0.0.1'],
    ['localhost', berth, '::1'],
    ['raw', raw, '127.0.0.1'],
    ['ssh', ssh, '127.0.0.1'],
  ]
  const rates: Record<Way, number[]> = { berth: [], localhost: [], raw: [], ssh: [] }
  const waits: Record<Way, number[]> = { berth: [], localhost: [], raw: [], ssh: [] }
  // The four ways take turns, so that other load on the host affects them equally. A transfer can leave work in the
  // machine that slows down the next transfer. So every second round runs in reverse order. Otherwise each way would
  // always run after the same other way.
  const back = [...ways].reverse()
  const inRound = (round: number) => (round % 2 === 0 ? ways : back)
  for (let round = 0; round < transfers; round++)
    for (const [way, port, host] of inRound(round))
      rates[way].push(megabytes / (await get(client, port, host, megabytes)))
  for (let round = 0; round < connections; round++)
    for (const [way, port, host] of inRound(round)) waits[way].push(await get(client, port, host))
  const rate = (way: Way) => median(rates[way])
  const wait = (way: Way) => median(waits[way])
  return {
    name: 'ports',
    ratios: {
      raw_throughput: rate('berth') / rate('raw'),
      ssh_throughput: rate('berth') / rate('ssh'),
      ssh_connect: wait('berth') / wait('ssh'),
    },
    figures: Object.fromEntries(
      ways.flatMap(([way]) => [
        [`${way}_throughput_mib_per_second`, rate(way)],
        [`${way}_connect_seconds`, wait(way)],
      ]),
    ),
    table: [
      ['published port', 'throughput', 'connect, request, reply'],
      ...ways.map(([way]) => row(names[way], rate(way), wait(way))),
    ],
  }
}

function row(name: string, rate: number, wait: number): string[] {
  return [name, `${rate.toFixed(1)} MiB/s`, `${(wait * 1000).toFixed(1)} ms`]
}

/**
 * Fetches the large file over a new connection, or the empty file for 0 megabytes. Returns how many seconds it took.
 * Rejects unless the whole file has arrived.
 */
async function get(client: Worker, port: number, host = '127.0.0.1', megabytes = 0): Promise<number> {
  const file = megabytes > 0 ? 'blob' : 'empty'
  const bytes = megabytes * 2 ** 20
  client.postMessage({ port, host, file, bytes } satisfies DownloadRequest)
  const [message] = (await once(client, 'message')) as unknown[]
  const result = downloadSchema.parse(message)
  if ('failure' in result) throw new Error(result.failure)
  return result.seconds
}

/** Waits until a port answers. The server first has to write its file, and ssh first has to log in. */
async function untilAnswered(client: Worker, port: number): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const outcome = await get(client, port).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (outcome === undefined) return
    await delay(200)
  }
  throw new Error(`nothing answers on port ${String(port)}`)
}
