import { expect, it } from 'vitest'
import { reconnectDelay } from '../../../../src/main/ssh/reconnect-delay'

it('doubles up to five seconds', () => {
  expect([0, 1, 2, 3].map((attempt) => reconnectDelay(attempt, 1))).toEqual([100, 200, 400, 800])
  expect(reconnectDelay(30, 1)).toBe(5_000)
})

it('leaves half of the pause to chance', () => {
  expect(reconnectDelay(3, 0)).toBe(400)
  expect(reconnectDelay(3, 0.5)).toBe(600)
})
