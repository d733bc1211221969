import { describe, expect, it } from 'vitest'
import type { ChangeableLimits } from '../../src/shared/isolation'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'

const limits: ChangeableLimits = {
  ...{ cpus: 0.5, cpuShares: null, processors: '0-1,3', memory: 64 * 2 ** 20, pids: null },
  restart: { policy: 'no', retries: 0 },
}

describe.each(carriers)('the isolation over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier)

  it('takes valid limits only', async () => {
    const { isolation } = test.client
    await isolation.setLimits({ id: 'web', limits })
    expect(test.services.calls).toEqual(['isolation.setLimits web 67108864'])
    const wrong: Partial<ChangeableLimits>[] = [
      { cpus: 0 },
      { cpus: Number.NaN },
      { memory: 1024 },
      { pids: 0 },
      { cpuShares: 1 },
      { processors: '0; x' },
      { processors: '0-' },
      { restart: { policy: 'no', retries: -1 } },
    ]
    for (const part of wrong)
      await expect(
        isolation.setLimits({ id: 'web', limits: { ...limits, ...part } }),
        JSON.stringify(part),
      ).rejects.toMatchObject({ data: { code: 'input.invalid' } })
    expect(test.services.calls).toHaveLength(1)
  })

  it('takes encoded paths only, which have no character that is special to a shell', async () => {
    const { isolation } = test.client
    expect(await isolation.path({ id: 'web', path: '/a%20b' })).toMatchObject({ path: '/a%20b' })
    for (const path of ['etc', '/a b', '/$(x)', '/a;b', '/%00', '/a//b'])
      await expect(isolation.path({ id: 'web', path }), path).rejects.toMatchObject({
        data: { code: 'input.invalid' },
      })
  })

  it('names a process completely', async () => {
    const { isolation } = test.client
    for (const wrong of [
      { id: 'web', pid: 0, start: 1 },
      { id: 'web', pid: 1, start: -1 },
      { id: '; x', pid: 1, start: 1 },
    ])
      await expect(isolation.process(wrong).then((events) => events.next())).rejects.toMatchObject({
        data: { code: 'input.invalid' },
      })
  })
})
