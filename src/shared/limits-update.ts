import type { ChangeableLimits, StoredLimits } from './isolation'
import { restartPolicies } from './run'

/** The engine's default period of a CPU quota, in microseconds. */
const defaultPeriod = 100_000
const defaultShares = 1024

/** What the machine has. A limit that allows all of it is no limit. */
export interface MachineSize {
  cpus: number
  /** Bytes. */
  memory: number
}

/** What `POST /containers/ID/update` changes. */
export type LimitsUpdate = Partial<Omit<StoredLimits, 'RestartPolicy'>> & {
  RestartPolicy?: { Name: string; MaximumRetryCount: number }
}

export function toLimits(host: StoredLimits, most: MachineSize): ChangeableLimits {
  const cpus =
    host.NanoCpus > 0 ? host.NanoCpus / 1e9 : host.CpuQuota > 0 ? host.CpuQuota / periodOf(host) : null
  const policy = host.RestartPolicy
  return {
    cpus: cpus !== null && cpus >= most.cpus ? null : cpus,
    cpuShares: host.CpuShares === 0 || host.CpuShares === defaultShares ? null : host.CpuShares,
    processors: host.CpusetCpus === all(most) ? '' : host.CpusetCpus,
    memory: host.Memory > 0 && host.Memory < most.memory ? host.Memory : null,
    pids: host.PidsLimit > 0 ? host.PidsLimit : null,
    restart: {
      policy: restartPolicies.find((name) => name === policy?.Name) ?? 'no',
      retries: policy?.MaximumRetryCount ?? 0,
    },
  }
}

/**
 * The body of `POST /containers/ID/update`. For the engine, 0 means “no change”. So a limit of everything that the
 * machine has removes a limit.
 */
export function updateBody(host: StoredLimits, limits: ChangeableLimits, most: MachineSize): LimitsUpdate {
  const before = toLimits(host, most)
  const { restart } = limits
  return {
    ...(limits.cpus === before.cpus ? {} : cpuFields(host, limits.cpus ?? most.cpus)),
    ...(limits.cpuShares === before.cpuShares ? {} : { CpuShares: limits.cpuShares ?? defaultShares }),
    ...(limits.processors === before.processors ? {} : { CpusetCpus: limits.processors || all(most) }),
    ...(limits.memory === before.memory
      ? {}
      : memoryFields(host, { before: before.memory, after: limits.memory, most })),
    ...(limits.pids === before.pids ? {} : { PidsLimit: limits.pids ?? -1 }),
    ...(restart.policy === before.restart.policy && restart.retries === before.restart.retries
      ? {}
      : {
          RestartPolicy: {
            Name: restart.policy,
            MaximumRetryCount: restart.policy === 'on-failure' ? restart.retries : 0,
          },
        }),
  }
}

/** The engine does not change from one notation of the limit to the other. */
function cpuFields(host: StoredLimits, cpus: number): LimitsUpdate {
  if (host.CpuQuota <= 0 && host.CpuPeriod <= 0) return { NanoCpus: Math.round(cpus * 1e9) }
  return { CpuPeriod: periodOf(host), CpuQuota: Math.round(cpus * periodOf(host)) }
}

/**
 * `MemorySwap` is the sum of memory and swap. The container keeps the swap that it may use. Like `docker run`, a new
 * limit allows as much swap as memory.
 */
function memoryFields(
  host: StoredLimits,
  { before, after, most }: { before: number | null; after: number | null; most: MachineSize },
): LimitsUpdate {
  if (after === null) return { Memory: most.memory, MemorySwap: 2 * most.memory }
  const hadLimit = before !== null
  const swap = hadLimit && host.MemorySwap > 0 ? host.MemorySwap - host.Memory : after
  return { Memory: after, MemorySwap: hadLimit && host.MemorySwap < 0 ? -1 : after + swap }
}

function periodOf({ CpuPeriod }: StoredLimits): number {
  return CpuPeriod > 0 ? CpuPeriod : defaultPeriod
}

/** The list of all processors. */
function all({ cpus }: MachineSize): string {
  return cpus <= 1 ? '0' : `0-${String(cpus - 1)}`
}
