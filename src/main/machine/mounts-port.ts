import { BerthError } from '../../shared/errors'
import { mountsChardev } from './qemu-command'

/** The running QEMU's control connection. */
interface Control {
  execute(command: string, commandArguments: Record<string, unknown>): Promise<unknown>
}

/** Has QEMU connect the shared folders to another loopback port. Rejects with machine.not-running, or QEMU's error. */
export async function reconnectMounts(qmp: Control | undefined, port: number): Promise<void> {
  if (!qmp) throw new BerthError('machine.not-running')
  const addr = { type: 'inet', data: { host: '127.0.0.1', port: String(port) } }
  const backend = { type: 'socket', data: { addr, server: false, nodelay: true } }
  await qmp.execute('chardev-change', { id: mountsChardev, backend })
}
