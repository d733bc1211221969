export interface BackoffOptions {
  /** Milliseconds before the second attempt. */
  firstMs: number
  longestMs: number
  /**
   * A random number from 0 to 1, which makes half of the wait random. Then clients that failed at the same time do not
   * retry at the same time.
   */
  random?: number
}

/** Milliseconds to wait after the failed attempt number `attempt` (from 0). Doubles each time, up to `longestMs`. */
export function backoff(attempt: number, { firstMs, longestMs, random }: BackoffOptions): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** attempt)
  return random === undefined ? ceiling : ceiling / 2 + (ceiling / 2) * random
}
