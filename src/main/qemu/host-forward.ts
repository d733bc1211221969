import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import { type HostPort, portError, probePort } from '../lib'
import type { QmpClient } from './qmp'

/** A port of the host that leads to a port of the machine. */
export interface Forward extends HostPort {
  guestPort: number
  /** One of the guest's addresses. Default: the guest's first address. */
  guestAddress?: string
}

/** The human monitor of a running QEMU. */
type Monitor = Pick<QmpClient, 'humanMonitorCommand'>

/** Opens and closes forwards. */
export type HostForward = Pick<QmpHostForward, 'add' | 'remove'>
/** Lists the open forwards. */
export type HostForwardList = Pick<QmpHostForward, 'list'>

/**
 * The forwards of QEMU's user network lead from ports of the host into the machine. This class changes them with
 * `hostfwd_add` and `hostfwd_remove` of the human monitor, because QMP has no command for that.
 */
export class QmpHostForward {
  readonly #qmp: () => Monitor | undefined

  /** `qmp` returns the monitor of the running machine. */
  constructor(qmp: () => Monitor | undefined) {
    this.#qmp = qmp
  }

  /**
   * Opens a port of the host.
   * @throws BerthError port.taken, port.address, port.reserved, port.privileged, port.forward-failed,
   * machine.not-running; as {@link QmpClient.execute}
   */
  async add(forward: Forward): Promise<void> {
    const { guestAddress = '', guestPort } = forward
    const output = await this.#run(`hostfwd_add net0 ${listener(forward)}-${guestAddress}:${guestPort}`)
    if (output === '') return
    // QEMU says only "Could not set up host forwarding rule". To find the reason, Berth tries to open the port itself.
    throw portError(forward, await probePort(forward), output)
  }

  /**
   * Closes a port. Does nothing if it is not open.
   * @throws BerthError machine.not-running; as {@link QmpClient.execute}
   */
  async remove(forward: Forward): Promise<void> {
    await this.#run(`hostfwd_remove net0 ${listener(forward)}`)
  }

  /**
   * The open forwards, as QEMU lists them.
   * @throws BerthError machine.not-running; as {@link QmpClient.execute}
   */
  async list(): Promise<Forward[]> {
    return listedForwards(await this.#run('info usernet'))
  }

  #run(line: string): Promise<string> {
    const qmp = this.#qmp()
    if (!qmp) return Promise.reject(new BerthError('machine.not-running'))
    return qmp.humanMonitorCommand(line).then((output) => output.trim())
  }
}

/**
 * Opens a forward to a guest port. QEMU chooses a free loopback port for it. Returns that port.
 * @throws BerthError port.forward-failed; as {@link QmpClient.execute}
 */
export async function forwardFreePort(qmp: Monitor, guestPort: number): Promise<number> {
  const output = await qmp.humanMonitorCommand(`hostfwd_add net0 tcp:127.0.0.1:0-:${guestPort}`)
  const port = forwardedPort(await qmp.humanMonitorCommand('info usernet'), guestPort)
  if (port === undefined) {
    throw new BerthError('port.forward-failed', {
      port: guestPort,
      protocol: 'tcp',
      address: '127.0.0.1',
      reason: output.trim() || phrases['forward-missing'],
    })
  }
  return port
}

/** Parses the forwards in the output of `info usernet`. See {@link forwardedPort}. */
export function listedForwards(usernet: string): Forward[] {
  return usernet.split(/\r?\n/).flatMap((line) => {
    const [state = '', , hostAddress = '', hostPort, guestAddress = '', guestPort] = line.trim().split(/\s+/)
    const protocol = { 'TCP[HOST_FORWARD]': 'tcp', 'UDP[HOST_FORWARD]': 'udp' } as const
    if (state !== 'TCP[HOST_FORWARD]' && state !== 'UDP[HOST_FORWARD]') return []
    const ports = { hostPort: Number(hostPort), guestPort: Number(guestPort) }
    return [{ protocol: protocol[state], hostAddress, guestAddress, ...ports }]
  })
}

/** The host port in the output of `info usernet`: "TCP[HOST_FORWARD]  11  127.0.0.1 36745  10.0.2.15  22  0  0". */
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
