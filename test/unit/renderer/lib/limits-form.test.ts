import { expect, test } from 'vitest'
import { toLimits, toLimitsForm, type LimitsForm } from '../../../../src/renderer/lib/limits-form'
import type { ChangeableLimits } from '../../../../src/shared/isolation'

const limits: ChangeableLimits = {
  ...{ cpus: 0.5, cpuShares: 512, processors: '0-1', memory: 512 * 2 ** 20, pids: 100 },
  restart: { policy: 'on-failure', retries: 3 },
}
const empty: LimitsForm = {
  ...{ cpus: '', memory: '', pids: '', cpuShares: '', processors: '', retries: '0' },
  policy: 'no',
}

test('shows limits as text, and reads the same limits again', () => {
  expect(toLimitsForm(limits)).toMatchObject({ cpus: '0.5', memory: '512m', retries: '3' })
  expect(toLimits(toLimitsForm(limits), 2)).toEqual({ limits })
})

test('an empty field is no limit', () => {
  expect(toLimits(empty, 2)).toEqual({
    limits: {
      ...{ cpus: null, cpuShares: null, processors: '', memory: null, pids: null },
      restart: { policy: 'no', retries: 0 },
    },
  })
})

test.each<[Partial<LimitsForm>, string]>([
  [{ cpus: '3' }, 'cpus'],
  [{ cpus: '0' }, 'cpus'],
  [{ cpus: 'two' }, 'cpus'],
  [{ memory: '5m' }, 'memory'],
  [{ memory: 'lots' }, 'memory'],
  [{ pids: '0' }, 'pids'],
  [{ pids: '1.5' }, 'pids'],
  [{ cpuShares: '1' }, 'cpuShares'],
  [{ processors: '2' }, 'processors'],
  [{ processors: '1-0' }, 'processors'],
  [{ processors: 'a' }, 'processors'],
  [{ policy: 'on-failure', retries: '-1' }, 'retries'],
])('finds the problem of %j', (fields, field) => {
  expect(toLimits({ ...empty, ...fields }, 2)).toEqual({ problems: { [field]: true } })
})

test('retries count only for the policy that uses them', () => {
  expect(toLimits({ ...empty, policy: 'always', retries: 'x' }, 2)).toMatchObject({
    limits: { restart: { policy: 'always', retries: 0 } },
  })
})
