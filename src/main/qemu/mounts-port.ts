import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import type { PeerAddress } from '../lib'
import { mountsChardev } from './qemu-command'
import type { QmpClient } from './qmp'

/** The host's end of the virtio port `berth.mounts`. Berth serves the shared folders over this port. */
export interface MountsPort {
  /** Listens for a connection of the next QEMU, and returns the address. */
  listen(): Promise<PeerAddress>
  /** `moved`: this end now listens on another address. A running QEMU has to connect there. */
  on(event: 'moved', listener: (address: PeerAddress) => void): unknown
  /** Call this if a running QEMU could not connect to the address of `moved`. */
  reconnectFailed(error: unknown): void
  /**
   * Names QEMU's own connection. `port` is the loopback port of QEMU's end, 0 if QEMU is not connected. Any local
   * program can connect to a loopback listener, so such a listener serves nothing before this call. A unix socket needs
   * no call.
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
 * Identifies QEMU's connection for the shared folders. This is necessary on Windows, where any local program may have
 * connected. The caller must be sure that `qmp` belongs to QEMU: call this function only after the machine has proved
 * its host key over a forward that was added with `qmp`.
 * @throws as {@link QmpClient.execute}
 */
export async function confirmMounts(qmp: Control, { mountsPort, platform }: MountsHost): Promise<void> {
  if (!mountsPort || platform !== 'win32') return
  const chardevs = chardevsSchema.parse(await qmp.execute('query-chardev'))
  const filename = chardevs.find(({ label }) => label === mountsChardev)?.filename ?? ''
  // `filename` names QEMU's end first, then the other end. Without a connection, it begins with `disconnected:` (QEMU,
  // qemu_chr_compute_filename).
  const [, port] = /^tcp:127\.0\.0\.1:(\d+) <-> /.exec(filename) ?? []
  mountsPort.confirm(port === undefined ? 0 : Number(port))
}

/**
 * Makes QEMU connect its virtio port for shared folders to another address.
 * @throws BerthError machine.not-running; as {@link QmpClient.execute}
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
