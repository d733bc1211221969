/** As a call, so that the compiler does not take one answer for good: a signal aborts while others work. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}
