/** The flags of `docker run` without a value, and their short names. */
const switches = {
  detach: 'd',
  'disable-content-trust': '',
  help: '',
  init: '',
  interactive: 'i',
  'no-healthcheck': '',
  'oom-kill-disable': '',
  privileged: '',
  'publish-all': 'P',
  quiet: 'q',
  'read-only': '',
  rm: '',
  'sig-proxy': '',
  tty: 't',
} as const

/** The flags of `docker run` with a value, and their short names. */
const options = {
  'add-host': '',
  annotation: '',
  attach: 'a',
  'blkio-weight': '',
  'blkio-weight-device': '',
  'cap-add': '',
  'cap-drop': '',
  'cgroup-parent': '',
  cgroupns: '',
  cidfile: '',
  'cpu-count': '',
  'cpu-percent': '',
  'cpu-period': '',
  'cpu-quota': '',
  'cpu-rt-period': '',
  'cpu-rt-runtime': '',
  'cpu-shares': 'c',
  cpus: '',
  'cpuset-cpus': '',
  'cpuset-mems': '',
  'detach-keys': '',
  device: '',
  'device-cgroup-rule': '',
  'device-read-bps': '',
  'device-read-iops': '',
  'device-write-bps': '',
  'device-write-iops': '',
  dns: '',
  'dns-opt': '',
  'dns-option': '',
  'dns-search': '',
  domainname: '',
  entrypoint: '',
  env: 'e',
  'env-file': '',
  expose: '',
  gpus: '',
  'group-add': '',
  'health-cmd': '',
  'health-interval': '',
  'health-retries': '',
  'health-start-interval': '',
  'health-start-period': '',
  'health-timeout': '',
  hostname: 'h',
  'io-maxbandwidth': '',
  'io-maxiops': '',
  ip: '',
  ip6: '',
  ipc: '',
  isolation: '',
  'kernel-memory': '',
  label: 'l',
  'label-file': '',
  link: '',
  'link-local-ip': '',
  'log-driver': '',
  'log-opt': '',
  'mac-address': '',
  memory: 'm',
  'memory-reservation': '',
  'memory-swap': '',
  'memory-swappiness': '',
  mount: '',
  name: '',
  net: '',
  'net-alias': '',
  network: '',
  'network-alias': '',
  'oom-score-adj': '',
  pid: '',
  'pids-limit': '',
  platform: '',
  publish: 'p',
  pull: '',
  restart: '',
  runtime: '',
  'security-opt': '',
  'shm-size': '',
  'stop-signal': '',
  'stop-timeout': '',
  'storage-opt': '',
  sysctl: '',
  tmpfs: '',
  ulimit: '',
  user: 'u',
  userns: '',
  uts: '',
  volume: 'v',
  'volume-driver': '',
  'volumes-from': '',
  workdir: 'w',
} as const

export type FlagName = keyof typeof switches | keyof typeof options

export interface Flag {
  name: FlagName
  takesValue: boolean
}

const long = new Map<string, Flag>()
const short = new Map<string, Flag>()
function register(names: Partial<Record<FlagName, string>>, takesValue: boolean): void {
  for (const [name, letter] of Object.entries(names) as [FlagName, string][]) {
    const flag = { name, takesValue }
    long.set(name, flag)
    if (letter !== '') short.set(letter, flag)
  }
}
register(switches, false)
register(options, true)

/** Returns undefined for a flag that `docker run` does not have. */
export function longFlag(name: string): Flag | undefined {
  return long.get(name)
}

export function shortFlag(letter: string): Flag | undefined {
  return short.get(letter)
}
