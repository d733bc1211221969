import type { PortBinding, Protocol } from '../../shared/ports'

/** What a container that is about to start asks for. */
export interface Publishing {
  id: string
  /** Those whose number is known before the start. */
  ports: PortBinding[]
  /** Whether it publishes any port at all. */
  publishes: boolean
}

/** Host ports held for a container that is about to start. */
export interface PortReservation {
  /** Leaves the ports to the containers that publish them by now; those that none publishes are closed. */
  settle(): Promise<void>
}

/** What the engine needs of whoever opens published ports on the host. */
export interface PortPublisher {
  /**
   * Opens the ports, all or none. `containerId` is given when the container exists and may have them open already.
   * Fails with port.taken, port.address, port.privileged or port.forward-failed.
   */
  reserve(bindings: PortBinding[], containerId?: string): Promise<PortReservation>
}

/** `8000-8010`: one of these ports of the host. */
export interface HostPortRange {
  hostIp: string
  first: number
  last: number
  protocol: 'tcp' | 'udp'
}

/** What is to be known of ports that somebody asks for, before there is a container. */
export interface PortRequests {
  /** Rejects with port.address when this computer does not have the address; `port` is what is said of it then. */
  checkAddress(hostIp: string, port: { port: number; protocol: Protocol }): Promise<void>
  /**
   * The port to ask the engine for in the range's stead; undefined when the engine may choose. Rejects with
   * port.range-taken.
   */
  choosePort(range: HostPortRange): Promise<number | undefined>
}
