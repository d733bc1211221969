import { matches } from './references'
import type { YamlPath } from './schema'

/** Values that users often write where the schema allows any text. */
const common: readonly (readonly [pattern: string, values: readonly string[]])[] = [
  ['services.*.restart', ["'no'", 'always', 'on-failure', 'unless-stopped']],
  ['services.*.network_mode', ['bridge', 'host', 'none']],
  ['services.*.pull_policy', ['always', 'never', 'missing', 'build', 'daily', 'weekly']],
  ['services.*.ipc', ['private', 'shareable', 'host', 'none']],
  ['services.*.pid', ['host']],
  ['services.*.userns_mode', ['host']],
  ['services.*.uts', ['host']],
  ['services.*.platform', ['linux/amd64', 'linux/arm64']],
  ['services.*.build.platforms.#', ['linux/amd64', 'linux/arm64']],
  ['services.*.build.network', ['default', 'host', 'none']],
  ['services.*.stop_signal', ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL']],
  ['services.*.healthcheck.test.#', ['CMD', 'CMD-SHELL', 'NONE']],
  ['services.*.logging.driver', ['json-file', 'local', 'journald', 'syslog', 'none']],
  ['services.*.ports.#.mode', ['ingress', 'host']],
  ['services.*.ports.#.protocol', ['tcp', 'udp']],
  ['services.*.volumes.#.bind.propagation', ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']],
  ['services.*.deploy.mode', ['replicated', 'global', 'replicated-job', 'global-job']],
  ['services.*.deploy.endpoint_mode', ['vip', 'dnsrr']],
  ['services.*.deploy.restart_policy.condition', ['none', 'on-failure', 'any']],
  ['services.*.deploy.update_config.failure_action', ['continue', 'pause', 'rollback']],
  ['services.*.deploy.rollback_config.failure_action', ['continue', 'pause']],
  ['networks.*.driver', ['bridge', 'macvlan', 'ipvlan', 'overlay']],
  ['volumes.*.driver', ['local']],
  ...(['services.*.cap_add.#', 'services.*.cap_drop.#'] as const).map(
    (pattern) =>
      [
        pattern,
        ['ALL', 'CHOWN', 'NET_ADMIN', 'NET_BIND_SERVICE', 'NET_RAW', 'SYS_ADMIN', 'SYS_PTRACE', 'SYS_TIME'],
      ] as const,
  ),
]

export function commonValues(path: YamlPath): readonly string[] {
  return common.find(([pattern]) => matches(path, pattern))?.[1] ?? []
}

/** Which objects of this computer a place takes: a local image, or a file of the project's folder. */
export function sourceAt(path: YamlPath): 'image' | 'env' | 'dockerfile' | undefined {
  if (matches(path, 'services.*.image')) return 'image'
  if (matches(path, 'services.*.build.dockerfile')) return 'dockerfile'
  const isEnv = ['services.*.env_file', 'services.*.env_file.#', 'services.*.env_file.#.path'].some(
    (pattern) => matches(path, pattern),
  )
  return isEnv ? 'env' : undefined
}
