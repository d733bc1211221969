export { connectionError, engineSocketPath, toError } from './client'
export type { PrunableKind, Pruned } from './disk-usage'
export { EngineState } from './engine-state'
export { Engine } from './engine'
export { StreamAgent } from './http-agent'
export type {
  HostPortRange,
  PortPublisher,
  PortRequests,
  PortReservation,
  PublishedPorts,
  Publishing,
} from './publishing'
export type { PullLogin } from './registry-login'
export { serviceLabel, type ServicePorts } from './services'
