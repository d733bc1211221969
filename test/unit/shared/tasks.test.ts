import { expect, it } from 'vitest'
import { runsCompose, type TaskOf } from '../../../src/shared/tasks'
import { fakeTask } from '../../support/fake-task'

const watch: TaskOf<'compose'> = {
  ...fakeTask,
  ...{
    kind: 'compose',
    detail: null,
    result: null,
    params: { project: 'shop', action: 'watch', services: [] },
  },
}

it('compose runs for a project while any action on this project runs', () => {
  expect(runsCompose([fakeTask, watch], 'shop')).toBe(true)
  expect(runsCompose([watch], 'other')).toBe(false)
  expect(runsCompose([{ ...watch, state: 'succeeded' }], 'shop')).toBe(false)
  expect(runsCompose([fakeTask], 'shop')).toBe(false)
})
