export type { CommandOptions, CommandResult } from './run-command'
export { SshLink } from './ssh-link'
export { runWatched, type WatchedProgram } from './watched-program'
