import type { Task } from '../../src/shared/tasks'

/** The only task of the fake services. */
export const fakeTask: Task = {
  id: '3f0e9e6c-4a0b-4b7f-9d55-9c7f0f7f0a01',
  kind: 'pull',
  params: { reference: 'node:latest' },
  state: 'running',
  startedAt: 1,
  endedAt: null,
  progress: null,
  detail: null,
  result: null,
  error: null,
  log: { start: 0, end: 0 },
}
