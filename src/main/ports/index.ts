export { HostNetworkPorts } from './host-network'
export { NetworkPorts } from './network-ports'
export { PortForwarder, type PortReservation } from './port-forwarder'
export { networkAddresses } from './port-opener'
