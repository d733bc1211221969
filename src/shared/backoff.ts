export interface BackoffOptions {
  /** Milliseconds before the second attempt. */
  firstMs: number
  longestMs: number
  /** From 0 to 1. With it, half of the wait is random, so that clients that failed together do not retry together. */
  random?: number
}

/** Milliseconds to wait after failed attempt number `attempt` (from 0): doubles each time, up to `longestMs`. */
export function backoff(attempt: number, { firstMs, longestMs, random }: BackoffOptions): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** attempt)
  return random === undefined ? ceiling : ceiling / 2 + (ceiling / 2) * random
}
