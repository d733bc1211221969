export { ContainerStats, type Watched } from './container-stats'
