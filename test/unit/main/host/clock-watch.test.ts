import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ClockWatch } from '../../../../src/main/host/clock-watch'

describe('the watch over the host’s clocks', () => {
  const clocks = { wallMs: 1_000_000, runningMs: 0 }
  let watch: ClockWatch
  let jumps: number

  /** Advances both clocks by `milliseconds`, and the wall clock by `wallMs` more. */
  function pass(milliseconds: number, wallMs = 0): void {
    clocks.wallMs += milliseconds + wallMs
    clocks.runningMs += milliseconds
    vi.advanceTimersByTime(500)
  }

  beforeEach(() => {
    vi.useFakeTimers()
    jumps = 0
    watch = new ClockWatch({ wall: () => clocks.wallMs, running: () => clocks.runningMs })
    watch.on('jump', () => (jumps += 1))
    watch.start()
  })
  afterEach(() => {
    watch.stop()
    vi.useRealTimers()
  })

  it('reports nothing while both clocks run, even when a timer is late', () => {
    for (let i = 0; i < 20; i += 1) pass(500)
    pass(3_000)
    expect(jumps).toBe(0)
  })

  it.each([3_600_000, -3_600_000, 700, -700])('reports once that the clock was set by %d ms', (by) => {
    pass(500)
    pass(500, by)
    pass(500)
    pass(500)
    expect(jumps).toBe(1)
  })

  it('ignores small corrections, such as those of NTP', () => {
    for (let i = 0; i < 20; i += 1) pass(500, 100)
    expect(jumps).toBe(0)
  })

  it('notices sleep on a host whose monotonic clock stops during sleep', () => {
    pass(500, 60_000)
    expect(jumps).toBe(1)
  })

  it('notices sleep on a host whose monotonic clock advances during sleep', () => {
    pass(60_000)
    expect(jumps).toBe(1)
  })

  it('never reports a jump that happened while it was stopped, not even after its next start', () => {
    watch.stop()
    pass(500, 60_000)
    watch.start()
    pass(500)
    expect(jumps).toBe(0)
  })
})
