import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { message, systemErrorCode } from '../../../../src/main/lib/errors'

it('finds the code of a failed system call', async () => {
  const error = await readFile('/no/such/file').catch((caught: unknown) => caught)
  expect(systemErrorCode(error)).toBe('ENOENT')
  expect(systemErrorCode(new Error('other'))).toBeUndefined()
  expect(systemErrorCode(Object.assign(new Error('numbered'), { code: 5 }))).toBeUndefined()
  expect(systemErrorCode('ENOENT')).toBeUndefined()
})

it('returns a message for any thrown value', () => {
  expect(message(new Error('broken'))).toBe('broken')
  expect(message('broken')).toBe('broken')
  expect(message(undefined)).toBe('undefined')
})
