import { vi } from 'vitest'

/**
 * Waits until `check` no longer throws, and gives its result. The bound is for when something is broken, not a
 * measure: a busy computer takes its time.
 */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 25_000, interval: 20 })
}
