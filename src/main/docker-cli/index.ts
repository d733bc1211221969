export { containerProxy, withContainerProxy } from './container-proxies'
export {
  type Credential,
  readAuth,
  registryOfServer,
  serverOf,
  storedAuthSchema,
  writeAuth,
} from './credential'
export { DockerAccess } from './docker-access'
export { DockerConfig, dockerConfigFolder } from './docker-config'
export { DockerCliLogins } from './logins'
