import { z } from 'zod'
import { insecureRegistrySchema, registryMirrorSchema } from './registries'

const text = z.string()
const texts = z.array(z.string())
const flag = z.boolean()
const count = z.number().int().nonnegative()
const textMap = z.record(z.string(), z.string())
const address = z.union([z.ipv4(), z.ipv6()])
const ulimit = z.object({ Name: text, Hard: z.number().int(), Soft: z.number().int() }).partial()
/** `key=value`. dockerd's opts.ValidateLabel also refuses Docker's own namespaces, such as `com.docker.`. */
const label = z.string().regex(/^[^=]+=/, 'label')

/**
 * The options that both dockerd and Berth accept in daemon.json, and their types (dockerd 28.5,
 * daemon/config/config_linux.go and cmd/dockerd/config.go). Berth reports any option that is neither here nor in
 * `refusedDaemonOptions` as unknown, because dockerd does not start with an unknown option. This also applies to
 * dockerd's hidden options, such as `network-diagnostic-port`.
 */
export const daemonOptions: Readonly<Record<string, z.ZodType>> = {
  'allow-direct-routing': flag,
  'allow-nondistributable-artifacts': texts,
  bip: text,
  bip6: text,
  bridge: text,
  builder: z.record(z.string(), z.json()),
  'cdi-spec-dirs': texts,
  'cgroup-parent': text,
  'cpu-rt-period': count,
  'cpu-rt-runtime': count,
  debug: flag,
  'default-address-pools': z.array(z.object({ base: text, size: z.number().int().min(1).max(128) })),
  'default-cgroupns-mode': z.enum(['private', 'host']),
  'default-gateway': z.ipv4(),
  'default-gateway-v6': z.ipv6(),
  'default-ipc-mode': z.enum(['private', 'shareable']),
  'default-network-opts': z.record(z.string(), textMap),
  'default-runtime': text,
  'default-shm-size': z.union([text, count]),
  'default-ulimits': z.record(z.string(), ulimit),
  dns: z.array(address),
  'dns-opts': texts,
  'dns-search': texts,
  'exec-opts': texts,
  experimental: flag,
  features: z.record(z.string(), flag),
  'fixed-cidr': text,
  'fixed-cidr-v6': text,
  'host-gateway-ip': address,
  'host-gateway-ips': z.array(address),
  icc: flag,
  init: flag,
  'init-path': text,
  'insecure-registries': z.array(insecureRegistrySchema),
  ip: address,
  'ip-forward': flag,
  'ip-forward-no-drop': flag,
  'ip-masq': flag,
  ip6tables: flag,
  iptables: flag,
  ipv6: flag,
  labels: z.array(label),
  'log-driver': text,
  'log-format': z.enum(['text', 'json']),
  'log-level': z.enum(['debug', 'info', 'warn', 'error', 'fatal']),
  'log-opts': textMap,
  'max-concurrent-downloads': count,
  'max-concurrent-uploads': count,
  'max-download-attempts': count,
  'metrics-addr': text,
  mtu: count,
  'network-control-plane-mtu': count,
  'no-new-privileges': flag,
  'node-generic-resources': texts,
  proxies: z.object({ 'http-proxy': text, 'https-proxy': text, 'no-proxy': text }).partial().strict(),
  'raw-logs': flag,
  'registry-mirrors': z.array(registryMirrorSchema),
  runtimes: z.record(z.string(), z.record(z.string(), z.json())),
  'seccomp-profile': text,
  'selinux-enabled': flag,
  'shutdown-timeout': z.number().int(),
  'storage-driver': text,
  'storage-opts': texts,
  'swarm-default-advertise-addr': text,
  'userland-proxy': flag,
  'userns-remap': text,
}

/**
 * The options of dockerd that Berth refuses. With them, Berth could not reach the engine, or the contents of the data
 * disk would be lost. With `live-restore`, a stop of the machine would kill the containers. It would not stop them
 * cleanly.
 */
export const refusedDaemonOptions: readonly string[] = [
  'api-cors-header',
  'authorization-plugins',
  'containerd',
  'containerd-namespace',
  'containerd-plugin-namespace',
  'data-root',
  'exec-root',
  'group',
  'hosts',
  'live-restore',
  'pidfile',
  'tls',
  'tlscacert',
  'tlscert',
  'tlskey',
  'tlsverify',
  'userland-proxy-path',
]

/**
 * The options that Berth applies by a reload of dockerd, without a restart. dockerd could reload a few more, such as
 * `runtimes` (moby, daemon/reload.go and daemon/reload_unix.go).
 */
export const reloadableDaemonOptions: readonly string[] = [
  'debug',
  'insecure-registries',
  'labels',
  'max-concurrent-downloads',
  'max-concurrent-uploads',
  'max-download-attempts',
  'registry-mirrors',
  'shutdown-timeout',
]

/**
 * The options on which running containers depend. If one of these options changes, Berth restarts dockerd without
 * `live-restore`. The old dockerd then stops the containers, and the new dockerd finds no running container.
 */
export const interruptingDaemonOptions: readonly string[] = [
  'allow-direct-routing',
  'bip',
  'bip6',
  'bridge',
  'cgroup-parent',
  'default-address-pools',
  'default-gateway',
  'default-gateway-v6',
  'default-network-opts',
  'exec-opts',
  'features',
  'fixed-cidr',
  'fixed-cidr-v6',
  'icc',
  'ip',
  'ip-forward',
  'ip-forward-no-drop',
  'ip-masq',
  'ip6tables',
  'iptables',
  'ipv6',
  'mtu',
  'selinux-enabled',
  'storage-driver',
  'storage-opts',
  'userland-proxy',
  'userns-remap',
]

export interface DaemonProblem {
  reason: 'refused' | 'unknown' | 'type'
  /** The key that has the problem. */
  key: string
  /** For `type`: the path to the wrong value below the key, for example `[0, 'size']`. */
  path?: (string | number)[]
}

/** Returns the first problem in a daemon.json, or undefined. dockerd may still refuse a value of the right type. */
export function daemonProblem(settings: Readonly<Record<string, unknown>>): DaemonProblem | undefined {
  for (const [key, value] of Object.entries(settings)) {
    if (refusedDaemonOptions.includes(key)) return { reason: 'refused', key }
    const schema = Object.hasOwn(daemonOptions, key) ? daemonOptions[key] : undefined
    if (schema === undefined) return { reason: 'unknown', key }
    const [issue] = schema.safeParse(value).error?.issues ?? []
    if (issue !== undefined)
      return { reason: 'type', key, path: issue.path.filter((part) => typeof part !== 'symbol') }
  }
  return undefined
}

/** Returns the keys whose values differ between two files. */
export function changedDaemonOptions(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].filter((key) => canonical(before[key]) !== canonical(after[key])).sort()
}

/** Returns JSON with the keys of every object sorted, so that two equal values give the same text. */
function canonical(value: unknown): string {
  if (value === undefined) return ''
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
