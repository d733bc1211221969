export { ContainerStats } from './container-stats'
