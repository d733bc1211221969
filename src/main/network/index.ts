export { MachineDns } from './machine-dns'
export { gateway, machineProxy, type Proxy } from './proxy'
export { systemProxy } from './system-proxy'
