import { networkInterfaces } from 'node:os'
import type { PortBinding } from '../../shared/ports'
import { type HostPort, probePort } from '../lib'

/** This computer's IPv4 addresses in its local networks. */
export function networkAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

/** Whether this computer has this address, so that Berth can listen on the address. */
export async function isOwnAddress(address: string): Promise<boolean> {
  return (await probePort({ protocol: 'tcp', hostAddress: address, hostPort: 0 })) !== 'EADDRNOTAVAIL'
}

/** Whether another program, or Berth itself, listens on a port of the host. */
export async function isTaken(port: HostPort): Promise<boolean> {
  return (await probePort(port)) === 'EADDRINUSE'
}

/** Returns the port of a binding on an address of the host. */
export function hostPortOf({ hostPort, protocol }: PortBinding, hostAddress: string): HostPort {
  return { protocol: protocol === 'udp' ? 'udp' : 'tcp', hostAddress, hostPort }
}
