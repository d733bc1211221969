export { networkAddresses } from './port-probe'
export { LanPorts } from './lan-ports'
export { PortForwarder, type PortReservation } from './port-forwarder'
export type { HostPortRange } from './port-ranges'
