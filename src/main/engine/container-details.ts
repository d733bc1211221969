import { z } from 'zod'
import type { ContainerDetails } from '../../shared/container-details'
import { restartPolicies } from '../../shared/run'
import { toMount, toTime } from './mapping'
import { flag, mountsSchema, number, text, texts } from './schemas'

/** The parts of an inspect answer that only a container's own page shows. */
export const containerDetailsAnswerSchema = z.object({
  RestartCount: number,
  State: z.object({
    OOMKilled: flag,
    Health: z
      .object({
        FailingStreak: number,
        Log: z
          .array(z.object({ Start: text, End: text, ExitCode: number, Output: text }))
          .nullish()
          .transform((value) => value ?? []),
      })
      .nullish(),
  }),
  Config: z.object({
    Hostname: text,
    User: text,
    WorkingDir: text,
    Env: texts,
    Cmd: texts,
    Entrypoint: texts,
    Healthcheck: z.object({ Test: texts, Interval: number }).nullish(),
  }),
  HostConfig: z.object({
    RestartPolicy: z.object({ Name: text, MaximumRetryCount: number }).nullish(),
    NanoCpus: number,
    CpuQuota: number,
    CpuPeriod: number,
    Memory: number,
    PidsLimit: number,
    Privileged: flag,
    ReadonlyRootfs: flag,
  }),
  NetworkSettings: z.object({
    Networks: z
      .record(
        z.string(),
        z
          .object({
            IPAddress: text,
            IPPrefixLen: number,
            GlobalIPv6Address: text,
            GlobalIPv6PrefixLen: number,
            Gateway: text,
            MacAddress: text,
            Aliases: texts,
          })
          .nullable(),
      )
      .nullish(),
  }),
  Mounts: mountsSchema,
})
type Answer = z.infer<typeof containerDetailsAnswerSchema>

/** The engine's default for a health check without an interval. */
const defaultIntervalMs = 30_000
/** The engine's default period of a CPU quota, in microseconds. */
const defaultPeriod = 100_000

/** Makes the details of a container. `hostPath` finds the path on this computer for a bind mount's source. */
export function toContainerDetails(
  answer: Answer,
  hostPath: (source: string) => string | undefined,
): ContainerDetails {
  const { State: state, Config: config, HostConfig: host, NetworkSettings: network } = answer
  const policy = host.RestartPolicy
  return {
    outOfMemory: state.OOMKilled,
    restarts: answer.RestartCount,
    health: toHealth(answer),
    entrypoint: config.Entrypoint,
    command: config.Cmd,
    workingDirectory: config.WorkingDir,
    user: config.User,
    hostname: config.Hostname,
    environment: config.Env.map(toVariable),
    restartPolicy: {
      name: restartPolicies.find((name) => name === policy?.Name) ?? 'no',
      retries: policy?.MaximumRetryCount ?? 0,
    },
    limits: {
      cpu: cpuLimit(host),
      memory: host.Memory > 0 ? host.Memory : null,
      pids: host.PidsLimit > 0 ? host.PidsLimit : null,
    },
    privileged: host.Privileged,
    readOnlyRoot: host.ReadonlyRootfs,
    networks: Object.entries(network.Networks ?? {}).map(([name, endpoint]) => ({
      name,
      addresses: [
        ...address(endpoint?.IPAddress, endpoint?.IPPrefixLen),
        ...address(endpoint?.GlobalIPv6Address, endpoint?.GlobalIPv6PrefixLen),
      ],
      gateway: endpoint?.Gateway ?? '',
      macAddress: endpoint?.MacAddress ?? '',
      aliases: endpoint?.Aliases ?? [],
    })),
    mounts: (answer.Mounts ?? []).map((mount) => ({
      ...toMount(mount),
      hostPath: mount.Type === 'bind' ? (hostPath(mount.Source ?? '') ?? null) : null,
    })),
  }
}

function toHealth({ State: state, Config: config }: Answer): ContainerDetails['health'] {
  const check = config.Healthcheck
  if (!state.Health || check?.Test[0] === 'NONE') return null
  const [, ...command] = check?.Test ?? []
  const intervalMs = (check?.Interval ?? 0) / 1e6
  return {
    command,
    intervalMs: intervalMs > 0 ? intervalMs : defaultIntervalMs,
    failures: state.Health.FailingStreak,
    probes: state.Health.Log.map((probe) => ({
      startedAt: toTime(probe.Start),
      endedAt: toTime(probe.End),
      exitCode: probe.ExitCode,
      output: probe.Output,
    })).reverse(),
  }
}

function cpuLimit({ NanoCpus, CpuQuota, CpuPeriod }: Answer['HostConfig']): number | null {
  if (NanoCpus > 0) return NanoCpus / 1e9
  return CpuQuota > 0 ? CpuQuota / (CpuPeriod > 0 ? CpuPeriod : defaultPeriod) : null
}

/** A variable without `=` has no value: the engine removes it from the image's variables. */
function toVariable(entry: string): { name: string; value: string } {
  const equals = entry.indexOf('=')
  return equals === -1
    ? { name: entry, value: '' }
    : { name: entry.slice(0, equals), value: entry.slice(equals + 1) }
}

function address(ip: string | undefined, prefix: number | undefined): string[] {
  return ip === undefined || ip === '' ? [] : [`${ip}/${String(prefix ?? 0)}`]
}
