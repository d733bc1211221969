import { vi } from 'vitest'

/**
 * Waits until `check` no longer throws, and returns its result. Only a broken test reaches the time limit. The limit is
 * long, because a busy computer is slow.
 */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 25_000, interval: 20 })
}
