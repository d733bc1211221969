export interface BackoffOptions {
  /** Milliseconds before the second attempt. */
  firstMs: number
  longestMs: number
  /**
   * A random number from 0 to 1. It makes half of the wait random, so that clients that failed at the same time do not
   * retry at the same time.
   */
  random?: number
}

/** Returns the milliseconds to wait after failed attempt `attempt` (from 0). Doubles each time, up to `longestMs`. */
export function backoff(attempt: number, { firstMs, longestMs, random }: BackoffOptions): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** attempt)
  return random === undefined ? ceiling : ceiling / 2 + (ceiling / 2) * random
}
