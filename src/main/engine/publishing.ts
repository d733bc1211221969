import type { Container } from '../../shared/containers'
import type { PortBinding, PortForward } from '../../shared/ports'

/** Host ports held for a container that is about to start. */
export interface PortReservation {
  /** Leaves the ports to the containers that publish them by now; those that none publishes are closed. */
  settle(): Promise<void>
}

/** What the engine needs of whoever opens published ports on the host. */
export interface PortPublisher {
  /**
   * Opens the ports, all or none. `containerId` is given when the container exists and may have them open already.
   * Fails with port.taken, port.privileged or port.forward-failed.
   */
  reserve(bindings: PortBinding[], containerId?: string): Promise<PortReservation>
}

/** What the engine's state needs of them. */
export interface PublishedPorts {
  readonly forwards: PortForward[]
  /** Opens what these containers publish and closes everything that is neither published nor reserved. */
  sync(containers: Iterable<Container>): void
  on(event: 'change', listener: (forwards: PortForward[]) => void): unknown
  off(event: 'change', listener: (forwards: PortForward[]) => void): unknown
}
