export { openAttachedTerminal } from './attached-terminal'
export { Terminals } from './terminals'
