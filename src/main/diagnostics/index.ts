export { Diagnostics } from './diagnostics'
