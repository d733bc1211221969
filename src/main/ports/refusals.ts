import type { SshLink } from '../ssh'

/*
 * Neither way into the machine shows that the machine has refused or reset a connection: QEMU and SSH end it like any
 * other. So the machine remembers it for some seconds (vm-assets/rootfs/etc/berth/host-connections.nft).
 */

/** Whether the machine, or a container in it, has refused the connection through QEMU that came from this port. */
export function refusedFrom(link: Pick<SshLink, 'exec'>, sourcePort: number): Promise<boolean> {
  return isRemembered(link, `ip berth refused '{ ${String(sourcePort)} }'`)
}

/** Whether this port of the machine has just reset a connection. It may have been another one of the same port. */
export function hasReset(link: Pick<SshLink, 'exec'>, guestPort: number): Promise<boolean> {
  return isRemembered(link, `ip6 berth resetting '{ ${String(guestPort)} }'`)
}

async function isRemembered(link: Pick<SshLink, 'exec'>, element: string): Promise<boolean> {
  try {
    const { code } = await link.exec(`nft get element ${element} 2>/dev/null`)
    return code === 0
  } catch {
    // The machine is about to stop.
    return false
  }
}
