import { expect, it } from 'vitest'
import { backoff } from '../../../src/shared/backoff'

const delay = (attempt: number, random: number) =>
  backoff(attempt, { firstMs: 100, longestMs: 5_000, random })

it('backoff doubles the pause with each attempt, up to `longestMs`', () => {
  expect([0, 1, 2, 3].map((attempt) => delay(attempt, 1))).toEqual([100, 200, 400, 800])
  expect(delay(30, 1)).toBe(5_000)
})

it('backoff shortens the pause by up to half of it, depending on `random`', () => {
  expect(delay(3, 0)).toBe(400)
  expect(delay(3, 0.5)).toBe(600)
})
