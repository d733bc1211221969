import { randomUUID } from 'node:crypto'
import type { Timeline } from '../../src/shared/timelines'

/** A timeline without steps, with some changes. */
export function timelineWith(changes: Partial<Timeline>): Timeline {
  return {
    id: randomUUID(),
    kind: 'run',
    origin: 'berth',
    state: 'done',
    startedAt: 0,
    containerId: '',
    name: '',
    image: '',
    steps: [],
    facts: { cached: null, pulledBytes: 0, pulledLayers: 0, emulated: false, healthIntervalMs: null },
    clockErrorMs: null,
    error: null,
    ...changes,
  }
}
