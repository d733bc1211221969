import { expect, it } from 'vitest'
import { errnoOf, Refusal } from '../../../../../src/main/file-server/protocol/linux'

it.each([
  ['ENOTSUP', 95],
  ['EILSEQ', 84],
  ['ETIMEDOUT', 110],
  ['ENOSPC', 28],
  ['ERR_INVALID_ARG_VALUE', 5],
])('the guest gets Linux’s error number for %s', (code, number) => {
  expect(errnoOf(Object.assign(new Error(), { code }))).toBe(number)
})

it('the guest gets the error number of a refusal, and EIO for an unknown error', () => {
  expect(errnoOf(new Refusal(17))).toBe(17)
  expect(errnoOf('nonsense')).toBe(5)
})
