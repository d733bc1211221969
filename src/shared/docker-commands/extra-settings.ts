import { z } from 'zod'
import { addressPrefix } from '../port-addresses'
import { writeSize } from '../sizes'
import { leftOut } from './left-out'
import { each } from './words'

const texts = z.array(z.string()).nullish()
const textMap = z.record(z.string(), z.string()).nullish()
const number = z.number().nullish()
const text = z.string().nullish()
const flag = z.boolean().nullish()
const unknowns = z.array(z.unknown()).nullish()

/** The settings of an existing container that the form does not know, from the body that creates it again. */
const bodySchema = z.object({
  Entrypoint: texts,
  StopSignal: text,
  StopTimeout: number,
  Domainname: text,
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  Healthcheck: z.object({ StartInterval: number }).nullish(),
  NetworkingConfig: z
    .object({ EndpointsConfig: z.record(z.string(), z.object({ MacAddress: text })).nullish() })
    .nullish(),
  HostConfig: z.object({
    NetworkMode: text,
    PortBindings: z
      .record(
        z.string(),
        z.array(z.object({ HostIp: z.string().optional(), HostPort: z.string().optional() })).nullable(),
      )
      .nullish(),
    Privileged: flag,
    PublishAllPorts: flag,
    ShmSize: number,
    Ulimits: z.array(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() })).nullish(),
    Sysctls: textMap,
    SecurityOpt: texts,
    MaskedPaths: texts,
    Annotations: textMap,
    StorageOpt: textMap,
    VolumeDriver: text,
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

/** A setting in both notations. A notation that cannot express the setting has no entry. */
interface Extra {
  flags?: string[]
  compose?: Record<string, unknown>
  /** Names the setting for the user, if a notation cannot express it. */
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
  const json: unknown = JSON.parse(body)
  const { HostConfig: host, ...config } = bodySchema.parse(json)
  const published = Object.keys(host.PortBindings ?? {})
  const exposed = Object.keys(config.ExposedPorts ?? {}).filter((port) => !published.includes(port))
  const memory = host.Memory ?? 0
  const ulimits = host.Ulimits ?? []
  const [endpoint] = Object.values(config.NetworkingConfig?.EndpointsConfig ?? {})
  const securityOptions = host.SecurityOpt ?? []
  // The engine keeps the profile itself. The clients want the name of a file.
  const hasProfile = securityOptions.some(isProfile)
  // The engine adds this option to a container with such rights.
  const hasRights = host.Privileged === true || host.PidMode === 'host' || host.IpcMode === 'host'
  const isImplied = (option: string) => hasRights && option === 'label=disable'
  const isUnconfined = host.Privileged !== true && host.MaskedPaths?.length === 0
  const paths = isUnconfined ? ['systempaths=unconfined'] : []
  const sharesNetwork = host.NetworkMode?.startsWith('container:') === true ? host.NetworkMode : undefined
  const startInterval = config.Healthcheck?.StartInterval ?? 0

  const extras: Extra[] = [
    one('network', 'network_mode', sharesNetwork),
    // Only a container that has removed the entry point of its image has the empty key.
    config.Entrypoint !== undefined && (config.Entrypoint ?? []).length === 0
      ? { flags: ['--entrypoint', ''], compose: { entrypoint: [] } }
      : {},
    one('mac-address', 'mac_address', endpoint?.MacAddress),
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
    pairs('sysctl', 'sysctls', host.Sysctls),
    pairs('annotation', 'annotations', host.Annotations),
    pairs('storage-opt', 'storage_opt', host.StorageOpt),
    onlyRun('volume-driver', host.VolumeDriver),
    list('security-opt', 'security_opt', [
      ...securityOptions.filter((option) => !isProfile(option) && !isImplied(option)),
      ...paths,
    ]),
    hasProfile ? { missing: 'security-opt seccomp' } : {},
    one('pid', 'pid', host.PidMode, ['host']),
    one('ipc', 'ipc', host.IpcMode, ['private']),
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
    onlyRun('cpuset-mems', host.CpusetMems),
    size('memory-reservation', 'mem_reservation', host.MemoryReservation),
    size('memory-swap', 'memswap_limit', host.MemorySwap, [0, 2 * memory]),
    // Compose takes 0 for a missing value.
    host.MemorySwappiness === 0
      ? onlyRun('memory-swappiness', '0')
      : count('memory-swappiness', 'mem_swappiness', host.MemorySwappiness, -1),
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
          flags: each('--volumes-from', host.VolumesFrom),
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
    onlyRun('health-start-interval', startInterval === 0 ? '' : `${String(startInterval / 1e9)}s`),
    ...rangesOf(host.PortBindings).map((range) => ({ flags: ['-p', range], missing: `publish ${range}` })),
    ...leftOut(json, Object.keys(host)).map((missing) => ({ missing })),
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

/** A setting with one value. `usual` are the values that the engine chooses by itself. */
function one(
  name: string,
  key: string,
  value: string | null | undefined,
  usual: readonly string[] = [],
): Extra {
  return value == null || value === '' || usual.includes(value)
    ? {}
    : { flags: [`--${name}`, value], compose: { [key]: value } }
}

function count(name: string, key: string, value: number | null | undefined, usual = 0): Extra {
  return value == null || value === usual
    ? {}
    : { flags: [`--${name}`, String(value)], compose: { [key]: value } }
}

/** `value` is in bytes. -1 means no limit. */
function size(name: string, key: string, value: number | null | undefined, usual: number[] = [0]): Extra {
  return value == null || usual.includes(value)
    ? {}
    : { flags: [`--${name}`, String(value)], compose: { [key]: value < 0 ? value : writeSize(value) } }
}

function list(name: string, key: string, values: readonly string[] | null | undefined): Extra {
  return values == null || values.length === 0
    ? {}
    : { flags: each(`--${name}`, values), compose: { [key]: values } }
}

function pairs(name: string, key: string, values: Record<string, string> | null | undefined): Extra {
  const rows = Object.entries(values ?? {})
  return rows.length === 0
    ? {}
    : {
        flags: rows.flatMap(([one, value]) => [`--${name}`, `${one}=${value}`]),
        compose: { [key]: new Map(rows) },
      }
}

/** A setting without a key of compose. */
function onlyRun(name: string, value: string | null | undefined): Extra {
  return value == null || value === '' ? {} : { flags: [`--${name}`, value], missing: name }
}

function isOn(name: string, key: string, value: boolean | null | undefined): Extra {
  return value === true ? { flags: [`--${name}`], compose: { [key]: true } } : {}
}

/** True for a seccomp profile that is written out. */
function isProfile(option: string): boolean {
  return /^seccomp[=:]\s*\{/.test(option)
}

type PortBindings = z.infer<typeof bodySchema>['HostConfig']['PortBindings']

/** The bindings of a container port that has a range of host ports. The form leaves out such a port. */
function rangesOf(bindings: PortBindings): string[] {
  return Object.entries(bindings ?? {}).flatMap(([key, addresses]) => {
    const isRange = (addresses ?? []).some(({ HostPort = '' }) => !/^\d*$/.test(HostPort))
    if (!isRange || key.endsWith('/sctp')) return []
    return (addresses ?? []).map(
      ({ HostIp = '', HostPort = '' }) => `${addressPrefix(HostIp)}${HostPort}:${key.replace(/\/tcp$/, '')}`,
    )
  })
}
