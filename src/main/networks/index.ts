export { NetworkActions } from './network-actions'
export { ReachTest } from './reach-test'
