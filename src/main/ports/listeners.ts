import { BerthError } from '../../shared/errors'
import type { PortBinding } from '../../shared/ports'
import { systemErrorCode } from '../host/files'
import type { Forward, HostForward } from '../machine/host-forward'
import { portOwner } from './port-owner'
import { portTarget, type PortTarget } from './port-targets'
import { SshForward, type TcpOpener } from './ssh-forward'

/** One open port of the host. */
export interface Listener {
  readonly address: string
  readonly binding: PortBinding
  close(): Promise<void>
}

/**
 * Opens a port of the host and leads it into the machine. Fails with port.taken (naming the process where the
 * system tells), port.privileged or port.forward-failed.
 */
export async function openListener(
  binding: PortBinding,
  { hostForward, link }: { hostForward: HostForward; link: TcpOpener },
): Promise<Listener> {
  const target = portTarget(binding)
  const { hostPort: port, protocol } = binding
  try {
    return { address: target.address, binding, close: await open(binding, target, hostForward, link) }
  } catch (error) {
    const failure = listenFailure(error, binding, target.address)
    if (failure.code !== 'port.taken') throw failure
    const owner = await portOwner(port, protocol)
    throw new BerthError('port.taken', { ...failure.params, owner }, { cause: error })
  }
}

/** Returns how to close it. */
async function open(
  binding: PortBinding,
  { address, carrier }: PortTarget,
  hostForward: HostForward,
  link: TcpOpener,
): Promise<() => Promise<void>> {
  const { hostPort: port, protocol } = binding
  switch (carrier.kind) {
    case 'none':
      throw new BerthError('port.forward-failed', { port, protocol, address, reason: carrier.reason })
    case 'ssh': {
      const guest = { address: carrier.guestAddress, port }
      const forward = await SshForward.listen({ address, port }, guest, link)
      return () => forward.close()
    }
    case 'network': {
      const forward: Forward = {
        protocol: protocol === 'udp' ? 'udp' : 'tcp',
        hostAddress: address,
        hostPort: port,
        guestPort: port,
      }
      await hostForward.add(forward)
      return () => hostForward.remove(forward)
    }
  }
}

function listenFailure(error: unknown, binding: PortBinding, address: string): BerthError {
  if (error instanceof BerthError) return error
  const { hostPort: port, protocol } = binding
  const code = systemErrorCode(error)
  if (code === 'EADDRINUSE') return new BerthError('port.taken', { port, protocol, address, owner: '' })
  if (code === 'EACCES' && process.platform !== 'win32')
    return new BerthError('port.privileged', { port }, { cause: error })
  const reason = error instanceof Error ? error.message : String(error)
  return new BerthError('port.forward-failed', { port, protocol, address, reason }, { cause: error })
}
