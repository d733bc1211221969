import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { PortForwarder } from '../src/main/ports/port-forwarder'
import { freePort } from '../test/support/registry'
import { busybox, onMachine, type BenchMachine } from './support/machine'
import { median, timed, type BenchResult } from './support/result'

const megabytes = 48
const transfers = 5
const connections = 30

/** Serves a large file and an empty one. */
const server = `mkdir -p /www; : > /www/empty; dd if=/dev/zero of=/www/blob bs=1M count=${String(megabytes)}; exec httpd -f -p 8080 -h /www`

/** One published port as Berth opens it against `ssh -L` to the same port: throughput, and connect to first byte. */
export default function (): Promise<BenchResult> {
  return onMachine(async (bench) => {
    const published = await freePort()
    const ports = await publish(bench, published)
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
    try {
      await Promise.all([answers(published), answers(tunnelled)])
      return await compare(published, tunnelled)
    } finally {
      const ended = once(tunnel, 'exit')
      tunnel.kill()
      await ended
      await ports.closeAll()
    }
  })
}

async function publish({ machine, engine, log }: BenchMachine, port: number): Promise<PortForwarder> {
  const { hostForward, link } = machine
  const ports = new PortForwarder({ hostForward, link, log })
  const { id } = await engine.containers.create({
    image: busybox,
    command: ['sh', '-c', server],
    environment: [],
    ports: [{ hostIp: '', hostPort: port, containerPort: 8080, protocol: 'tcp' }],
    volumes: [],
    autoRemove: false,
    tty: false,
  })
  await engine.containers.start(id)
  ports.sync(await engine.containers.list())
  await once(ports, 'change')
  return ports
}

async function compare(published: number, tunnelled: number): Promise<BenchResult> {
  const rates = { berth: new Array<number>(), ssh: new Array<number>() }
  const waits = { berth: new Array<number>(), ssh: new Array<number>() }
  // Alternating, so that whatever else the host does meets both.
  for (let round = 0; round < transfers; round++) {
    rates.berth.push(megabytes / (await timed(() => get(published, 'blob'))))
    rates.ssh.push(megabytes / (await timed(() => get(tunnelled, 'blob'))))
  }
  for (let round = 0; round < connections; round++) {
    waits.berth.push(await timed(() => get(published, 'empty')))
    waits.ssh.push(await timed(() => get(tunnelled, 'empty')))
  }
  const figures = {
    berth_throughput_mib_per_second: median(rates.berth),
    ssh_throughput_mib_per_second: median(rates.ssh),
    berth_connect_seconds: median(waits.berth),
    ssh_connect_seconds: median(waits.ssh),
  }
  return {
    name: 'ports',
    ratios: {
      ssh_throughput: figures.berth_throughput_mib_per_second / figures.ssh_throughput_mib_per_second,
      ssh_connect: figures.berth_connect_seconds / figures.ssh_connect_seconds,
    },
    figures,
    table: [
      ['published port', 'throughput', 'connect, request and answer'],
      row('Berth', median(rates.berth), median(waits.berth)),
      row('ssh -L', median(rates.ssh), median(waits.ssh)),
    ],
  }
}

function row(name: string, rate: number, wait: number): string[] {
  return [name, `${rate.toFixed(1)} MiB/s`, `${(wait * 1000).toFixed(1)} ms`]
}

/** Fetches a file over a connection of its own; rejects unless all of it came. */
async function get(port: number, file: 'blob' | 'empty'): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET /${file} HTTP/1.0\r\n\r\n`)
  let bytes = 0
  let start = ''
  socket.on('data', (chunk: Buffer) => {
    if (bytes === 0) start = chunk.toString('latin1', 0, 15)
    bytes += chunk.length
  })
  await once(socket, 'end')
  socket.destroy()
  const expected = file === 'blob' ? megabytes * 2 ** 20 : 0
  if (!start.includes('200 OK') || bytes < expected)
    throw new Error(`${file}: ${start}, ${String(bytes)} bytes`)
}

/** The server writes its file first, and ssh logs in first. */
async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const outcome = await get(port, 'empty').then(
      () => undefined,
      (error: unknown) => error,
    )
    if (outcome === undefined) return
    await delay(200)
  }
  throw new Error(`nothing answers on port ${String(port)}`)
}
