import { ORPCError } from '@orpc/client'
import { describe, expect, it } from 'vitest'
import { toBerthError } from '../../../../src/renderer/api/errors'
import { BerthError } from '../../../../src/shared/errors'

describe('toBerthError', () => {
  it('reads the code, the parameters and the detail of an error with the code BERTH', () => {
    const data = { code: 'port.taken', params: { port: 5000 }, detail: 'EADDRINUSE' }
    const error = toBerthError(new ORPCError('BERTH', { data }))
    expect(error).toBeInstanceOf(BerthError)
    expect(error.toData()).toEqual(data)
  })

  it('turns any other error of the service into the error `internal`, and keeps its message as detail', () => {
    const error = toBerthError(new ORPCError('BAD_REQUEST', { message: 'Input validation failed' }))
    expect(error.code).toBe('internal')
    expect(error.detail).toContain('Input validation failed')
  })

  it('turns an error with an unknown code into the error `internal`', () => {
    expect(toBerthError(new ORPCError('BERTH', { data: { code: 'nonsense', params: {} } })).code).toBe(
      'internal',
    )
  })

  it.each([
    null,
    'text',
    { code: 'internal' },
    { code: 'internal', params: { a: {} } },
    { code: 'internal', params: {}, detail: 1 },
  ])('does not accept %o as the data of a BerthError', (data) => {
    expect(toBerthError(new ORPCError('BERTH', { data, message: 'odd' })).detail).toBe('BERTH: odd')
  })

  it('returns a BerthError unchanged', () => {
    const error = new BerthError('machine.not-running')
    expect(toBerthError(error)).toBe(error)
  })
})
