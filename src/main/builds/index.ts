export { Builds } from './builds'
