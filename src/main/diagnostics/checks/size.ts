import { formatMemory } from '../../../shared/bytes'
import { hostSize } from '../../settings'
import { ok, warning, type Check } from '../check'

/** Checks that the machine's processors and memory fit the host. */
export const size: Check = {
  id: 'size',
  run({ settings }) {
    const { cpus, memoryMiB } = settings().machine
    const host = hostSize()
    const memory = formatMemory(memoryMiB * 1024 ** 2)
    const fix = { fix: 'open-settings' } as const
    if (cpus > host.cpus)
      return Promise.resolve(warning('size.too-many-cpus', { cpus, host: host.cpus }, fix))
    if (memoryMiB > host.memoryMiB * 0.75)
      return Promise.resolve(
        warning('size.too-much-memory', { memory, host: formatMemory(host.memoryMiB * 1024 ** 2) }, fix),
      )
    if (memoryMiB < 2048) return Promise.resolve(warning('size.little-memory', { memory }, fix))
    return Promise.resolve(ok('size.ok', { cpus, memory }))
  },
}
