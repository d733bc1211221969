import { expect, it } from 'vitest'
import { emptyRunForm, formOf } from '../../../../src/renderer/lib/run-form'
import { hasProblem, valuesIn } from '../../../../src/renderer/lib/run-sections'
import { request } from './run-request'

it('counts the values of a folded section, and finds its problems', () => {
  expect(valuesIn('networks', formOf(request))).toBe(3)
  expect(valuesIn('networks', emptyRunForm('app'))).toBe(0)
  expect(hasProblem('networks', ['networks.0.ipv4'])).toBe(true)
  expect(hasProblem('limits', ['networks.0.ipv4'])).toBe(false)
})
