export { ContainerActions } from './container-actions'
