import type { BulkAction, CommitRequest, KillSignal } from '../container-actions'
import { withDefaultTag } from '../images'
import type { ShellChoice } from '../shells'
import { each, unless, when } from './words'

/** `docker start`, `stop`, … `names` are the containers' names. `remove` kills active containers, as Berth does. */
export function containerCommand(action: BulkAction, names: readonly string[]): string[] {
  return action === 'remove' ? removeCommand(names, { force: true }) : ['docker', action, ...names]
}

/** `volumes` also removes the anonymous volumes. */
export function removeCommand(
  names: readonly string[],
  { force, volumes = true }: { force: boolean; volumes?: boolean },
): string[] {
  return ['docker', 'rm', ...when(force, '-f'), ...when(volumes, '-v'), ...names]
}

export function killCommand(name: string, signal: KillSignal): string[] {
  return ['docker', 'kill', ...unless('-s', signal, 'SIGKILL'), name]
}

export function renameCommand(name: string, to: string): string[] {
  return ['docker', 'rename', name, to]
}

export function commitCommand(name: string, request: CommitRequest): string[] {
  return [
    ...['docker', 'commit'],
    ...unless('-m', request.message),
    ...unless('-a', request.author),
    ...each('-c', request.changes),
    ...when(!request.pause, '--pause=false'),
    name,
    withDefaultTag(request.reference),
  ]
}

/** The command that opens a shell in a running container. `shell` is the path of the shell. */
export function execCommand(name: string, shell: string, { user = '', folder = '' }: ShellChoice): string[] {
  return ['docker', 'exec', '-it', ...unless('-u', user), ...unless('-w', folder), name, shell]
}
