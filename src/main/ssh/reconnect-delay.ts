const firstMs = 100
const longestMs = 5_000

/**
 * Milliseconds to wait before attempt number `attempt` + 1 (from 0): doubling, with half of it random, so that
 * connections which broke together do not come back together. `random` is from 0 to 1.
 */
export function reconnectDelay(attempt: number, random: number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** attempt)
  return ceiling / 2 + (ceiling / 2) * random
}
