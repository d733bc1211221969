import { describe, expect, it } from 'vitest'
import { hintListSchema, hintRules, type HintRule, type MendableRule } from '../../src/shared/hints'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'

describe.each(carriers)('the hints over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier)

  it('come as a list, of all containers or of one', async () => {
    const { hints } = test.client
    for (const input of [{}, { id: 'web' }]) {
      const events = await hints.watch(input)
      expect((await events.next()).value).toEqual({ hints: [] })
      await events.return()
    }
    expect(test.services.calls).toEqual(['hints.watch undefined', 'hints.watch web'])
  })

  it('are dismissed by the name of the container', async () => {
    const { hints } = test.client
    await hints.dismiss({ container: 'web', rule: 'log', dismissed: true })
    expect(test.services.calls).toEqual(['hints.dismiss web log true'])
    for (const wrong of [
      { container: '', rule: 'log' },
      { container: '../x', rule: 'log' },
      { container: 'web', rule: '__proto__' },
    ])
      await expect(
        hints.dismiss({ ...wrong, rule: wrong.rule as HintRule, dismissed: true }),
        JSON.stringify(wrong),
      ).rejects.toMatchObject({ data: { code: 'input.invalid' } })
  })

  it('are mended only where Berth itself can make the change', async () => {
    const { hints } = test.client
    await hints.mend({ id: 'web', rule: 'restart-policy' })
    expect(test.services.calls).toEqual(['hints.mend web restart-policy'])
    for (const [id, rule] of [
      ['web', 'privileged'],
      ['; x', 'restart-policy'],
    ] as const)
      await expect(hints.mend({ id, rule: rule as MendableRule })).rejects.toMatchObject({
        data: { code: 'input.invalid' },
      })
  })
})

it('each rule has a name of its own', () => {
  expect(new Set(hintRules).size).toBe(hintRules.length)
  expect(hintListSchema.safeParse({ hints: [{ finding: { rule: 'other' } }] }).success).toBe(false)
})
