export { type OpenedTerminal, openTerminal } from './open-terminal'
export { Reaper } from './reaper'
