import type { BulkAction, CommitRequest, KillSignal } from '../container-actions'
import { withDefaultTag } from '../images'
import type { LimitsUpdate } from '../limits-update'
import type { ShellChoice } from '../shells'
import { writeSize } from '../sizes'
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

/** The command that starts a container and shows its output. With a terminal, it also passes on what the user types. */
export function startAttachedCommand(name: string, { tty }: { tty: boolean }): string[] {
  return ['docker', 'start', tty ? '-ai' : '-a', name]
}

export function exportCommand(name: string): string[] {
  return ['docker', 'export', '-o', `${name}.tar`, name]
}

/** `docker update` with the same body. Undefined if nothing changes. */
export function updateLimitsCommand(name: string, update: LimitsUpdate): string[] | undefined {
  const { NanoCpus, CpuPeriod, CpuQuota, CpuShares, CpusetCpus, Memory, MemorySwap, PidsLimit } = update
  const flag = (option: string, value: string | number | undefined) =>
    value === undefined ? [] : [option, String(value)]
  const size = (bytes: number | undefined) => (bytes === undefined || bytes < 0 ? bytes : writeSize(bytes))
  const flags = [
    ...flag('--cpus', NanoCpus === undefined ? undefined : NanoCpus / 1e9),
    ...flag('--cpu-period', CpuPeriod),
    ...flag('--cpu-quota', CpuQuota),
    ...flag('-c', CpuShares),
    ...flag('--cpuset-cpus', CpusetCpus),
    ...flag('-m', size(Memory)),
    ...flag('--memory-swap', size(MemorySwap)),
    ...flag('--pids-limit', PidsLimit),
    ...(update.RestartPolicy === undefined ? [] : restartFlags(update.RestartPolicy)),
  ]
  return flags.length === 0 ? undefined : ['docker', 'update', ...flags, name]
}

function restartFlags({ Name, MaximumRetryCount }: NonNullable<LimitsUpdate['RestartPolicy']>): string[] {
  return ['--restart', MaximumRetryCount > 0 ? `${Name}:${String(MaximumRetryCount)}` : Name]
}
