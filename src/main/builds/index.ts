export { Builds } from './builds'
export { dockerConfigOf } from './docker-config'
export { baseImages } from './dockerfile'
