import type { SshLink } from '../ssh'

/*
 * QEMU and SSH do not report that the machine has refused or reset a connection. They end that connection like any
 * other. So the machine remembers refused and reset connections for some seconds
 * (vm-assets/rootfs/etc/berth/host-connections.nft).
 */

/** Whether the machine or one of its containers has refused the connection from this source port through QEMU. */
export function refusedFrom(link: Pick<SshLink, 'exec'>, sourcePort: number): Promise<boolean> {
  return isRemembered(link, `ip berth refused '{ ${String(sourcePort)} }'`)
}

/**
 * Whether this port of the machine has just reset a connection. The machine may have reset a different connection to
 * the same port.
 */
export function hasReset(link: Pick<SshLink, 'exec'>, guestPort: number): Promise<boolean> {
  return isRemembered(link, `ip6 berth resetting '{ ${String(guestPort)} }'`)
}

async function isRemembered(link: Pick<SshLink, 'exec'>, element: string): Promise<boolean> {
  try {
    const { code } = await link.exec(`nft get element ${element} 2>/dev/null`)
    return code === 0
  } catch {
    // The command fails if the machine is about to stop.
    return false
  }
}
