export { SessionRegistry } from './registry'
export { iterableSource, type Outcome, type TerminalSource } from './source'
