export { networkAddresses } from './host-ports'
export { LanPorts } from './lan-ports'
export { PortForwarder, type PortReservation } from './port-forwarder'
