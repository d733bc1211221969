import { BerthError } from '../../shared/errors'
import { type HostPort, portError, probePort } from '../lib'

/** A port of the host that leads to a port of the machine. */
export interface Forward extends HostPort {
  guestPort: number
  /** One of the guest's addresses. Default: its first. */
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
    // QEMU says only "Could not set up host forwarding rule": we find the reason by opening the port ourselves.
    throw portError(forward, await probePort(forward), output)
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
