import { expect, it } from 'vitest'
import { errnoOf, Refusal } from '../../../../../src/main/file-server/protocol/linux'

it.each([
  ['ENOTSUP', 95],
  ['EILSEQ', 84],
  ['ETIMEDOUT', 110],
  ['ENOSPC', 28],
  ['ERR_INVALID_ARG_VALUE', 5],
])('the guest is told of %s by Linux’ own number', (code, number) => {
  expect(errnoOf(Object.assign(new Error(), { code }))).toBe(number)
})

it('a refusal is told as it is, and what is no answer of a file system as a failure', () => {
  expect(errnoOf(new Refusal(17))).toBe(17)
  expect(errnoOf('nonsense')).toBe(5)
})
