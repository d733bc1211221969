import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { bind, delay, readLines, untilAborted } from '../lib'
import type { Forward, HostForward } from '../qemu'
import type { SshLink } from '../ssh'

export interface UdpBridgeOptions {
  hostForward: HostForward
  link: Pick<SshLink, 'openCommand'>
  /** An IPv6 address of the machine. */
  guestAddress: string
  guestPort: number
  /** Milliseconds before Berth restarts a bridge that has ended. */
  pause?: number
}

export interface UdpBridge {
  /** A UDP port of 127.0.0.1. The port stays the same while the bridge is open. */
  readonly loopbackPort: number
  close(): Promise<void>
}

/** How many loopback ports Berth tries if QEMU cannot open a port. */
const mostPorts = 5

/**
 * Opens a UDP port on the host's loopback, and forwards its datagrams to an IPv6 address of the machine. QEMU's user
 * network carries IPv4 only. So a process in the machine (vm-assets/agent/ipv6-bridge.c) receives the datagrams, and
 * sends them to the IPv6 address. The process ends with its SSH channel. If the link breaks, Berth starts another
 * process.
 * @throws the BerthErrors of `HostForward.add`; BerthError machine.connection-lost, machine.not-running; an Error if
 * the process does not start
 */
export async function openUdpBridge({
  hostForward,
  link,
  guestAddress,
  guestPort,
  pause = 1000,
}: UdpBridgeOptions): Promise<UdpBridge> {
  const closing = new AbortController()
  const start = async () => {
    const stream = await link.openCommand(
      `/usr/lib/berth/ipv6-bridge udp ${guestAddress} ${String(guestPort)}`,
    )
    return { stream, port: await firstNumber(stream) }
  }
  const first = await start()
  const forward = await forwardAnyPort(hostForward, first.port).catch((error: unknown) => {
    first.stream.destroy()
    throw error
  })

  async function keepRunning(): Promise<void> {
    let { stream } = first
    for (;;) {
      await untilAborted(closed(stream), closing.signal).finally(() => stream.destroy())
      // This fails if QEMU has ended together with the link.
      await hostForward.remove(forward).catch(() => undefined)
      await delay(pause, closing.signal)
      try {
        const next = await start()
        stream = next.stream
        await hostForward.add({ ...forward, guestPort: next.port })
      } catch {
        // The machine is not reachable. The loop tries again.
        stream.destroy()
      }
    }
  }
  const running = keepRunning().catch(() => undefined)
  return {
    loopbackPort: forward.hostPort,
    async close() {
      closing.abort()
      await running
      await hostForward.remove(forward)
    },
  }
}

/** Resolves when a stream has closed. Resolves immediately if the stream is already closed. */
async function closed(stream: Duplex): Promise<void> {
  stream.resume()
  if (!stream.closed) await once(stream, 'close').catch(() => undefined)
}

async function firstNumber(stream: Duplex): Promise<number> {
  const line = await new Promise<string>((resolve) => {
    readLines(stream, resolve)
    stream.once('error', () => undefined)
    stream.once('close', () => {
      resolve('')
    })
  })
  if (/^\d+$/.test(line)) return Number(line)
  stream.destroy()
  throw new Error('the bridge in the machine did not start')
}

async function forwardAnyPort(hostForward: HostForward, guestPort: number): Promise<Forward> {
  for (let attempt = 1; ; attempt++) {
    const hostPort = await freeUdpPort()
    const forward: Forward = { protocol: 'udp', hostAddress: '127.0.0.1', hostPort, guestPort }
    try {
      await hostForward.add(forward)
      return forward
    } catch (error) {
      if (BerthError.from(error).code !== 'port.taken' || attempt === mostPorts) throw error
    }
  }
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  const port = await bind(socket, { port: 0, address: '127.0.0.1' })
  await new Promise<void>((resolve) => {
    socket.close(resolve)
  })
  return port
}
