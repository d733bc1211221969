export { dockerInterceptors } from './berth-interceptors'
export { DockerSocket, type DockerSocketOptions } from './docker-socket'
export { whenRunning } from './machine-gate'
export { dockerHost, dockerSocketPath } from './socket-path'
