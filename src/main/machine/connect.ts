import { untilAborted } from '../lib'
import type { SshLink } from '../ssh'
import { forwardFreePort, type VirtualMachine } from '../qemu'
import type { MachineKeys } from './keys'

/** Connects the link to the machine's sshd, by way of a port that is free. Rejects as `SshLink.connect` does. */
export async function connect(
  link: SshLink,
  vm: VirtualMachine,
  { client, host }: MachineKeys,
  signal: AbortSignal,
): Promise<void> {
  const port = await untilAborted(forwardFreePort(vm.qmp, 22), signal)
  const target = {
    host: '127.0.0.1',
    port,
    username: 'root',
    privateKey: client.privateKey,
    hostKey: host.publicKey,
  }
  await link.connect(target, signal)
}
