export type { CommandOptions, CommandResult } from './run-command'
export { SshLink } from './ssh-link'
