export { Logs } from './logs'
