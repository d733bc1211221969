import type { Reading, Sample } from '../../../../src/main/stats/meter'

export function reading(change: Partial<Reading> = {}): Reading {
  return {
    ...{ id: 'web', run: 1, cpu: 0, memory: 0, received: 0, sent: 0, read: 0, written: 0, pids: 1 },
    ...{ limits: undefined, processes: undefined, ...change },
  }
}

/** A sample at this second of the machine's clock. */
export function sample(second: number, ...readings: Reading[]): Sample {
  return { clock: second * 1e6, uptime: second * 100, readings }
}
