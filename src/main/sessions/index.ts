export { SessionList } from './session-list'
export { iterableSource, type Outcome, type TerminalSource } from './source'
