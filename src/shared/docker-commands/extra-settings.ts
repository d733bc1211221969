import { z } from 'zod'
import { writeSize } from '../sizes'

const texts = z.array(z.string()).nullish()
const textMap = z.record(z.string(), z.string()).nullish()
const number = z.number().nullish()
const text = z.string().nullish()
const flag = z.boolean().nullish()
const unknowns = z.array(z.unknown()).nullish()

/** The settings of an existing container that the form does not know, from the body that creates it again. */
const bodySchema = z.object({
  StopSignal: text,
  StopTimeout: number,
  Domainname: text,
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  Healthcheck: z.object({ StartInterval: number }).nullish(),
  HostConfig: z.object({
    NetworkMode: text,
    Binds: texts,
    PortBindings: z.record(z.string(), z.unknown()).nullish(),
    Privileged: flag,
    PublishAllPorts: flag,
    ShmSize: number,
    Ulimits: z.array(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() })).nullish(),
    Sysctls: textMap,
    SecurityOpt: texts,
    PidMode: text,
    IpcMode: text,
    UTSMode: text,
    UsernsMode: text,
    CgroupnsMode: text,
    CgroupParent: text,
    GroupAdd: texts,
    DnsOptions: texts,
    DnsSearch: texts,
    OomScoreAdj: number,
    OomKillDisable: flag,
    CpuShares: number,
    CpuPeriod: number,
    CpuQuota: number,
    CpusetCpus: text,
    CpusetMems: text,
    Memory: number,
    MemoryReservation: number,
    MemorySwap: number,
    MemorySwappiness: number,
    BlkioWeight: number,
    DeviceCgroupRules: texts,
    DeviceRequests: unknowns,
    Runtime: text,
    VolumesFrom: texts,
    Links: texts,
  }),
})

/** A setting in both notations. A notation without an equivalent is missing. */
interface Extra {
  flags?: string[]
  compose?: Record<string, unknown>
  /** Names a setting that neither notation gets. */
  missing?: string
}

export interface ExtraSettings {
  flags: string[]
  compose: Record<string, unknown>
  /** What the line does not express. */
  missingInRun: string[]
  /** What the compose file does not express. */
  missingInCompose: string[]
}

/** The engine's own size of `/dev/shm`, in bytes. */
const usualShm = 64 * 1024 ** 2

/**
 * Reads the settings that the form does not know. `body` is the JSON of the engine's create request. Values that the
 * engine chooses by itself are left out.
 */
export function extraSettings(body: string): ExtraSettings {
  const { HostConfig: host, ...config } = bodySchema.parse(JSON.parse(body))
  const one = (
    name: string,
    key: string,
    value: string | null | undefined,
    usual: readonly string[] = [],
  ): Extra =>
    value == null || value === '' || usual.includes(value)
      ? {}
      : { flags: [`--${name}`, value], compose: { [key]: value } }
  const count = (name: string, key: string, value: number | null | undefined, usual = 0): Extra =>
    value == null || value === usual ? {} : { flags: [`--${name}`, String(value)], compose: { [key]: value } }
  const size = (name: string, key: string, value: number | null | undefined, usual: number[] = [0]): Extra =>
    value == null || usual.includes(value)
      ? {}
      : { flags: [`--${name}`, String(value)], compose: { [key]: value < 0 ? value : writeSize(value) } }
  const list = (name: string, key: string, values: readonly string[] | null | undefined): Extra =>
    values == null || values.length === 0
      ? {}
      : { flags: values.flatMap((value) => [`--${name}`, value]), compose: { [key]: values } }
  const isOn = (name: string, key: string, value: boolean | null | undefined): Extra =>
    value === true ? { flags: [`--${name}`], compose: { [key]: true } } : {}

  const published = Object.keys(host.PortBindings ?? {})
  const exposed = Object.keys(config.ExposedPorts ?? {}).filter((port) => !published.includes(port))
  const bindOptions = (host.Binds ?? []).filter((bind) => !/^[^:]*:[^:]*(?::(?:ro|rw))?$/.test(bind))
  const memory = host.Memory ?? 0
  const ulimits = host.Ulimits ?? []
  const sysctls = Object.entries(host.Sysctls ?? {})
  const sharesNetwork = host.NetworkMode?.startsWith('container:') === true ? host.NetworkMode : undefined
  const startInterval = config.Healthcheck?.StartInterval ?? 0

  const extras: Extra[] = [
    one('network', 'network_mode', sharesNetwork),
    isOn('privileged', 'privileged', host.Privileged),
    host.PublishAllPorts === true ? { flags: ['-P'], missing: 'publish-all' } : {},
    list('expose', 'expose', exposed),
    size('shm-size', 'shm_size', host.ShmSize, [0, usualShm]),
    ulimits.length === 0
      ? {}
      : {
          flags: ulimits.flatMap(({ Name, Soft, Hard }) => ['--ulimit', `${Name}=${Soft}:${Hard}`]),
          compose: {
            ulimits: new Map(ulimits.map(({ Name, Soft, Hard }) => [Name, { soft: Soft, hard: Hard }])),
          },
        },
    sysctls.length === 0
      ? {}
      : {
          flags: sysctls.flatMap(([name, value]) => ['--sysctl', `${name}=${value}`]),
          compose: { sysctls: new Map(sysctls) },
        },
    list('security-opt', 'security_opt', host.SecurityOpt),
    one('pid', 'pid', host.PidMode),
    one('ipc', 'ipc', host.IpcMode, ['private', 'shareable']),
    one('uts', 'uts', host.UTSMode),
    one('userns', 'userns_mode', host.UsernsMode),
    one('cgroupns', 'cgroup', host.CgroupnsMode, ['private']),
    one('cgroup-parent', 'cgroup_parent', host.CgroupParent),
    list('group-add', 'group_add', host.GroupAdd),
    list('dns-option', 'dns_opt', host.DnsOptions),
    list('dns-search', 'dns_search', host.DnsSearch),
    count('oom-score-adj', 'oom_score_adj', host.OomScoreAdj),
    isOn('oom-kill-disable', 'oom_kill_disable', host.OomKillDisable),
    count('cpu-shares', 'cpu_shares', host.CpuShares),
    count('cpu-period', 'cpu_period', host.CpuPeriod),
    count('cpu-quota', 'cpu_quota', host.CpuQuota),
    one('cpuset-cpus', 'cpuset', host.CpusetCpus),
    host.CpusetMems == null || host.CpusetMems === ''
      ? {}
      : { flags: ['--cpuset-mems', host.CpusetMems], missing: 'cpuset-mems' },
    size('memory-reservation', 'mem_reservation', host.MemoryReservation),
    size('memory-swap', 'memswap_limit', host.MemorySwap, [0, 2 * memory]),
    count('memory-swappiness', 'mem_swappiness', host.MemorySwappiness, -1),
    host.BlkioWeight == null || host.BlkioWeight === 0
      ? {}
      : {
          flags: ['--blkio-weight', String(host.BlkioWeight)],
          compose: { blkio_config: { weight: host.BlkioWeight } },
        },
    list('device-cgroup-rule', 'device_cgroup_rules', host.DeviceCgroupRules),
    one('runtime', 'runtime', host.Runtime, ['runc']),
    host.VolumesFrom == null || host.VolumesFrom.length === 0
      ? {}
      : {
          flags: host.VolumesFrom.flatMap((from) => ['--volumes-from', from]),
          compose: { volumes_from: host.VolumesFrom.map((from) => `container:${from}`) },
        },
    list('link', 'external_links', host.Links),
    one('stop-signal', 'stop_signal', config.StopSignal),
    config.StopTimeout == null
      ? {}
      : {
          flags: ['--stop-timeout', String(config.StopTimeout)],
          compose: { stop_grace_period: `${String(config.StopTimeout)}s` },
        },
    one('domainname', 'domainname', config.Domainname),
    startInterval === 0
      ? {}
      : {
          flags: ['--health-start-interval', `${String(startInterval / 1e9)}s`],
          missing: 'health-start-interval',
        },
    ...bindOptions.map((bind) => ({ missing: `volume ${bind}` })),
    ...published.filter((port) => port.endsWith('/sctp')).map((port) => ({ missing: `publish ${port}` })),
    host.DeviceRequests == null || host.DeviceRequests.length === 0 ? {} : { missing: 'gpus' },
  ]
  return {
    flags: extras.flatMap(({ flags = [] }) => flags),
    compose: Object.assign({}, ...extras.map(({ compose }) => compose ?? {})) as Record<string, unknown>,
    missingInRun: extras.flatMap(({ flags, missing }) => (flags === undefined ? (missing ?? []) : [])),
    missingInCompose: extras.flatMap(({ compose, missing }) =>
      compose === undefined ? (missing ?? []) : [],
    ),
  }
}
