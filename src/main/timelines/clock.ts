const origin = performance.timeOrigin

/**
 * This computer's time in milliseconds since the epoch, with fractions. It never goes back, so the steps of a timeline
 * stay in order when the system sets its clock.
 */
export function hostNow(): number {
  return origin + performance.now()
}

/** The monotonic clock and the time of day differ by less than this if nobody sets one of them. Milliseconds. */
const driftMs = 1_000

/**
 * The time of day at a time of {@link hostNow}. Both move apart when the computer sleeps or its clock is set. Small
 * differences are left in, so that two times stay in order.
 */
export function timeOfDay(time: number): number {
  const ahead = Date.now() - hostNow()
  return Math.abs(ahead) < driftMs ? time : time + ahead
}

/**
 * Finds how far the guest's clock is ahead of this computer's clock. `GuestClock` keeps the difference below 150 ms
 * only, which is longer than most steps. But an event of the engine can neither be earlier than the call that caused
 * it, nor later than its arrival. Each event therefore limits the difference from both sides. The middle is used, as
 * NTP does, so the error is at most half of the distance.
 */
export class GuestOffset {
  #lowest = Number.NEGATIVE_INFINITY
  #highest = Number.POSITIVE_INFINITY

  /** An event at `guest` has happened between `after` and `before`, both in the host's time. */
  limit(guest: number, { after, before }: { after?: number | undefined; before: number }): void {
    const lowest = guest - before
    const highest = after === undefined ? Number.POSITIVE_INFINITY : guest - after
    // The guest's clock was set between two events, so the limits before that no longer hold.
    const wasSet = lowest > this.#highest || highest < this.#lowest
    this.#lowest = wasSet ? lowest : Math.max(this.#lowest, lowest)
    this.#highest = wasSet ? highest : Math.min(this.#highest, highest)
  }

  /** Milliseconds. Undefined before the first event. */
  get value(): number | undefined {
    if (!Number.isFinite(this.#lowest)) return undefined
    if (!Number.isFinite(this.#highest)) return this.#lowest
    return (this.#lowest + this.#highest) / 2
  }

  /** Half of the distance between the limits, in milliseconds. Null without an upper limit. */
  get error(): number | null {
    if (!Number.isFinite(this.#lowest) || !Number.isFinite(this.#highest)) return null
    return Math.max(0, (this.#highest - this.#lowest) / 2)
  }
}
