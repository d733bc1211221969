import { joinShellWords } from '../../shared/shell-words'

/**
 * Returns the command line that sets DOCKER_HOST in a terminal. If `dockerHost` is a named pipe, the host runs Windows,
 * so the line is for PowerShell. Otherwise the line is for a POSIX shell.
 */
export function dockerHostLine(dockerHost: string): string {
  if (dockerHost.startsWith('npipe:')) return `$env:DOCKER_HOST = '${dockerHost.replaceAll("'", "''")}'`
  return `export DOCKER_HOST=${joinShellWords([dockerHost])}`
}
