export { MachineDns } from './machine-dns'
export { machineProxy, type Proxy } from './machine-proxy'
export { systemProxy } from './system-proxy'
