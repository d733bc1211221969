import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { BerthError } from '../../shared/errors'
import { systemErrorCode } from '../lib'

export interface Forward {
  protocol: 'tcp' | 'udp'
  /** The host's IPv4 address that listens. */
  hostAddress: string
  hostPort: number
  guestPort: number
  /** One of the guest's own addresses; its first unless it matters. */
  guestAddress?: string
}

/** Ports of the host that QEMU's user network carries into the machine. */
export interface HostForward {
  /** Rejects with port.taken, port.address, port.privileged or port.forward-failed, or machine.not-running. */
  add(forward: Forward): Promise<void>
  /** Closes a port again; one that is not open is no error. */
  remove(forward: Forward): Promise<void>
}

/** The human monitor of the running QEMU. */
export interface Monitor {
  humanMonitorCommand(line: string): Promise<string>
}

/** HostForward through the human monitor's hostfwd_add and hostfwd_remove, the only way QEMU offers. */
export class QmpHostForward implements HostForward {
  readonly #qmp: () => Monitor | undefined

  /** `qmp` gives the running machine's monitor. */
  constructor(qmp: () => Monitor | undefined) {
    this.#qmp = qmp
  }

  async add(forward: Forward): Promise<void> {
    const { guestAddress = '', guestPort } = forward
    const output = await this.#run(`hostfwd_add net0 ${listener(forward)}-${guestAddress}:${guestPort}`)
    if (output === '') return
    throw await explain(forward, output)
  }

  async remove(forward: Forward): Promise<void> {
    await this.#run(`hostfwd_remove net0 ${listener(forward)}`)
  }

  #run(line: string): Promise<string> {
    const qmp = this.#qmp()
    if (!qmp) return Promise.reject(new BerthError('machine.not-running'))
    return qmp.humanMonitorCommand(line).then((output) => output.trim())
  }
}

/** Opens a forward to a guest port on a loopback port that QEMU picks, and returns that port. */
export async function forwardFreePort(qmp: Monitor, guestPort: number): Promise<number> {
  const output = await qmp.humanMonitorCommand(`hostfwd_add net0 tcp:127.0.0.1:0-:${guestPort}`)
  const port = forwardedPort(await qmp.humanMonitorCommand('info usernet'), guestPort)
  if (port === undefined) {
    throw new BerthError('port.forward-failed', {
      port: guestPort,
      protocol: 'tcp',
      address: '127.0.0.1',
      reason: output.trim() || 'QEMU does not list the forward',
    })
  }
  return port
}

/** Finds the host port in `info usernet`: "TCP[HOST_FORWARD]  11  127.0.0.1 36745  10.0.2.15  22  0  0". */
export function forwardedPort(usernet: string, guestPort: number): number | undefined {
  for (const line of usernet.split(/\r?\n/)) {
    const [state, , , hostPort, , port] = line.trim().split(/\s+/)
    if (state === 'TCP[HOST_FORWARD]' && port === String(guestPort)) return Number(hostPort)
  }
  return undefined
}

function listener({ protocol, hostAddress, hostPort }: Forward): string {
  return `${protocol}:${hostAddress}:${hostPort}`
}

/** QEMU says only "Could not set up host forwarding rule": what stands in the way is found by trying ourselves. */
async function explain(forward: Forward, output: string): Promise<BerthError> {
  return listenFailure(forward, await listenError(forward), output)
}

/** What a system error code means for a port that could not be opened; `detail` is its words. */
export function listenFailure(
  { protocol, hostAddress: address, hostPort: port }: Omit<Forward, 'guestPort'>,
  code: string | undefined,
  detail: string,
  platform = process.platform,
): BerthError {
  if (code === 'EADDRINUSE') {
    return new BerthError('port.taken', { port, protocol, address, owner: '?' }, { detail })
  }
  if (code === 'EADDRNOTAVAIL') return new BerthError('port.address', { port, protocol, address }, { detail })
  if (code === 'EACCES') {
    // On Windows no port is privileged: WSAEACCES is a range that the system has set aside (WinNAT, Hyper-V).
    return platform === 'win32'
      ? new BerthError('port.reserved', { port, protocol }, { detail })
      : new BerthError('port.privileged', { port }, { detail })
  }
  return new BerthError(
    'port.forward-failed',
    { port, protocol, address, reason: code ?? detail },
    { detail },
  )
}

/** The system's error code for opening a port here and now, which is closed again; undefined when it opens. */
export function listenError({
  protocol,
  hostAddress,
  hostPort,
}: Omit<Forward, 'guestPort'>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: Error) => {
      resolve(systemErrorCode(error))
    }
    if (protocol === 'udp') {
      const socket = createSocket('udp4').once('error', failed)
      socket.bind(hostPort, hostAddress, () =>
        socket.close(() => {
          resolve(undefined)
        }),
      )
    } else {
      const server = createServer().once('error', failed)
      server.listen(hostPort, hostAddress, () =>
        server.close(() => {
          resolve(undefined)
        }),
      )
    }
  })
}
