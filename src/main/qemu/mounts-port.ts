import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import type { PeerAddress } from '../lib'
import { mountsChardev } from './qemu-command'

/** The shared folders' end of the virtio port `berth.mounts`. */
export interface MountsPort {
  /** The address at which they wait for the QEMU that is launched next. */
  listen(): Promise<PeerAddress>
  /** They wait at another address: a running QEMU has to connect again. */
  on(event: 'moved', listener: (address: PeerAddress) => void): unknown
  /** A running QEMU could not connect to the address of `moved`. */
  reconnectFailed(error: unknown): void
  /**
   * QEMU's own end of the connection is this loopback port, 0 when it has none. On a port whoever was first is
   * connected, so nobody is served before; on a unix socket it is never called.
   */
  confirm(port: number): void
}

interface MountsHost {
  mountsPort?: Pick<MountsPort, 'confirm'> | undefined
  platform: NodeJS.Platform
}

/** QEMU's control connection. */
interface Control {
  execute(command: string, commandArguments?: Record<string, unknown>): Promise<unknown>
}

const chardevsSchema = z.array(z.object({ label: z.string(), filename: z.string() }))

/**
 * Tells the shared folders which connection is QEMU's, where they cannot know it. Only QEMU itself may have answered
 * on `qmp`: to be called when the machine has proved by its host key that it runs, with a forward set by `qmp`.
 */
export async function confirmMounts(qmp: Control, { mountsPort, platform }: MountsHost): Promise<void> {
  if (!mountsPort || platform !== 'win32') return
  const chardevs = chardevsSchema.parse(await qmp.execute('query-chardev'))
  const filename = chardevs.find(({ label }) => label === mountsChardev)?.filename ?? ''
  // QEMU, qemu_chr_compute_filename: its own end, then the other; `disconnected:…` without a connection.
  const [, port] = /^tcp:127\.0\.0\.1:(\d+) <-> /.exec(filename) ?? []
  mountsPort.confirm(port === undefined ? 0 : Number(port))
}

/**
 * Has QEMU connect its port for shared folders to another address.
 * @throws BerthError machine.not-running, or QEMU's error
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
