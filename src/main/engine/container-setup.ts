import { z } from 'zod'
import { flag, number, text, textMap, texts } from './schemas'

/** How a container has been set up, as far as Berth's hints need it. */
export interface ContainerSetup {
  restartPolicy: string
  privileged: boolean
  /** The capabilities and devices that the container asks for by name. */
  capAdd: string[]
  devices: string[]
  hostPid: boolean
  /** Bytes. Null without a limit. */
  memory: number | null
  log: {
    driver: string
    /** False if the log's file may grow without end. */
    limited: boolean
    /** The path of the log's file in the machine. Empty if there is none. */
    path: string
  }
  /** Null without a health check. */
  health: {
    /** How many times in a row the check has failed. Failures in the start period do not count. */
    failures: number
    startPeriodMs: number
    intervalMs: number
    /** How long the kept runs of the check took on average. */
    probeMs: number
  } | null
}

const healthSchema = z.object({
  FailingStreak: number,
  Log: z.array(z.object({ Start: text, End: text })).nullish(),
})

/** The part of GET /containers/ID/json that {@link ContainerSetup} needs. */
export const containerSetupSchema = z.object({
  LogPath: text,
  State: z.object({ Health: healthSchema.nullish() }),
  Config: z.object({
    Healthcheck: z.object({ Test: texts, Interval: number, StartPeriod: number }).nullish(),
  }),
  HostConfig: z.object({
    RestartPolicy: z.object({ Name: text }).nullish(),
    Privileged: flag,
    CapAdd: texts,
    Devices: z.array(z.object({ PathOnHost: text })).nullish(),
    PidMode: text,
    Memory: number,
    LogConfig: z.object({ Type: text, Config: textMap }).nullish(),
  }),
})
type Answer = z.infer<typeof containerSetupSchema>

/** The engine's default for a health check without an interval. */
const defaultIntervalMs = 30_000

export function toContainerSetup({ LogPath, State, Config, HostConfig: host }: Answer): ContainerSetup {
  return {
    restartPolicy: host.RestartPolicy?.Name ?? '',
    privileged: host.Privileged,
    capAdd: host.CapAdd,
    devices: (host.Devices ?? []).map(({ PathOnHost }) => PathOnHost),
    hostPid: host.PidMode === 'host',
    memory: host.Memory > 0 ? host.Memory : null,
    log: {
      driver: host.LogConfig?.Type ?? '',
      limited: new Map(Object.entries(host.LogConfig?.Config ?? {})).has('max-size'),
      path: LogPath,
    },
    health: toHealth(State, Config),
  }
}

function toHealth(
  { Health: health }: Answer['State'],
  { Healthcheck: check }: Answer['Config'],
): ContainerSetup['health'] {
  if (!health || !check || check.Test[0] === 'NONE') return null
  const interval = check.Interval / 1e6
  return {
    failures: health.FailingStreak,
    startPeriodMs: check.StartPeriod / 1e6,
    intervalMs: interval > 0 ? interval : defaultIntervalMs,
    probeMs: averageMs(health.Log ?? []),
  }
}

function averageMs(probes: readonly { Start: string; End: string }[]): number {
  const durations = probes
    .map(({ Start, End }) => Date.parse(End) - Date.parse(Start))
    .filter((duration) => duration >= 0)
  return durations.length === 0 ? 0 : durations.reduce((sum, one) => sum + one, 0) / durations.length
}
