import { matches } from './references'
import type { YamlPath } from './schema'

/** A rule for texts that the schema does not have, because JSON Schema cannot express it. */
export type FormatProblem = 'port' | 'duration' | 'size'

const durations = [
  'services.*.healthcheck.interval',
  'services.*.healthcheck.timeout',
  'services.*.healthcheck.start_period',
  'services.*.healthcheck.start_interval',
  'services.*.stop_grace_period',
  'services.*.deploy.update_config.delay',
  'services.*.deploy.update_config.monitor',
  'services.*.deploy.rollback_config.delay',
  'services.*.deploy.rollback_config.monitor',
  'services.*.deploy.restart_policy.delay',
  'services.*.deploy.restart_policy.window',
]
const sizes = [
  'services.*.mem_limit',
  'services.*.mem_reservation',
  'services.*.memswap_limit',
  'services.*.shm_size',
  'services.*.build.shm_size',
  'services.*.deploy.resources.limits.memory',
  'services.*.deploy.resources.reservations.memory',
  'services.*.volumes.#.tmpfs.size',
]
/** `64m`, `64MiB`, or a number of bytes. -1 is no limit. */
const size = /^(?:-1|\d+(?:\.\d+)? ?[kmgtp]?i?b?)$/i
const duration =
  /^(?:0|(?:\d+(?:\.\d+)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w))(?:(?:\d+(?:\.\d+)?)(?:ns|us|µs|μs|ms|s|m|h|d|w))*$/
/** `[[address:]published[-last]:]target[-last][/protocol]`; the address of IPv6 may be in brackets. */
const port =
  /^(?:(?:\[[0-9a-fA-F:.]+\]|\d+\.[0-9.]+):)?(?:(\d*)(?:-(\d+))?:)?(\d+)(?:-(\d+))?(?:\/(?:tcp|udp|sctp))?$/i

/** The rule that a text at this place breaks. Undefined if it is right, or if it has variables. */
export function formatProblem(path: YamlPath, text: string): FormatProblem | undefined {
  if (text.includes('$')) return undefined
  if (durations.some((pattern) => matches(path, pattern))) return duration.test(text) ? undefined : 'duration'
  if (sizes.some((pattern) => matches(path, pattern))) return size.test(text) ? undefined : 'size'
  if (matches(path, 'services.*.ports.#')) return isPort(text) ? undefined : 'port'
  return undefined
}

function isPort(text: string): boolean {
  const found = port.exec(text)
  if (found === null) return false
  const [, published = '', lastPublished, target = '', lastTarget] = found
  const numbers = [published, lastPublished, target, lastTarget].filter(
    (one) => one !== undefined && one !== '',
  )
  if (numbers.some((one) => Number(one) > 65_535) || Number(target) === 0) return false
  const isRange = (first: string, last: string | undefined) =>
    last === undefined || Number(first) <= Number(last)
  return isRange(published, lastPublished) && isRange(target, lastTarget)
}
