import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import type { PeerAddress } from '../lib'
import { mountsChardev } from './qemu-command'
import type { QmpClient } from './qmp'

/** The host's end of the virtio port `berth.mounts`, over which the shared folders are served. */
export interface MountsPort {
  /** Listens for the QEMU that is launched next, and returns the address. */
  listen(): Promise<PeerAddress>
  /** `moved`: it listens on another address, to which a running QEMU has to connect. */
  on(event: 'moved', listener: (address: PeerAddress) => void): unknown
  /** A running QEMU could not connect to the address of `moved`. */
  reconnectFailed(error: unknown): void
  /**
   * `port` is the loopback port of QEMU's end of the connection, 0 if it is not connected. A loopback listener accepts
   * any local program, so nothing is served before this call. It is never called for a unix socket.
   */
  confirm(port: number): void
}

interface MountsHost {
  mountsPort?: Pick<MountsPort, 'confirm'> | undefined
  platform: NodeJS.Platform
}

type Control = Pick<QmpClient, 'execute'>

const chardevsSchema = z.array(z.object({ label: z.string(), filename: z.string() }))

/**
 * Identifies QEMU's connection to the shared folders, on Windows, where any local program may have connected. `qmp`
 * must be QEMU's for certain. So call this after the machine has proved its host key over a forward that `qmp` has set.
 */
export async function confirmMounts(qmp: Control, { mountsPort, platform }: MountsHost): Promise<void> {
  if (!mountsPort || platform !== 'win32') return
  const chardevs = chardevsSchema.parse(await qmp.execute('query-chardev'))
  const filename = chardevs.find(({ label }) => label === mountsChardev)?.filename ?? ''
  // QEMU, qemu_chr_compute_filename: QEMU's end, then the other end; `disconnected:…` without a connection.
  const [, port] = /^tcp:127\.0\.0\.1:(\d+) <-> /.exec(filename) ?? []
  mountsPort.confirm(port === undefined ? 0 : Number(port))
}

/**
 * Makes QEMU connect its virtio port for shared folders to another address.
 * @throws BerthError machine.not-running; QmpError
 */
export async function reconnectMounts(
  qmp: Control | undefined,
  address: PeerAddress,
  host: MountsHost,
): Promise<void> {
  if (!qmp) throw new BerthError('machine.not-running')
  const addr =
    'path' in address
      ? { type: 'unix', data: { path: address.path } }
      : { type: 'inet', data: { host: '127.0.0.1', port: String(address.port) } }
  const nodelay = 'path' in address ? {} : { nodelay: true }
  const backend = { type: 'socket', data: { addr, server: false, ...nodelay } }
  await qmp.execute('chardev-change', { id: mountsChardev, backend })
  await confirmMounts(qmp, host)
}
