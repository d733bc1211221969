export { Terminals } from './terminals'
