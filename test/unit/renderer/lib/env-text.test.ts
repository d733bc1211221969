import { expect, it } from 'vitest'
import { variablesText } from '../../../../src/renderer/lib/env-text'
import { pastedVariables } from '../../../../src/renderer/lib/pasted-rows'

it('reads its own .env text again', () => {
  const variables = ['plain', ' spaces ', 'a "quote" # hash', 'two\nlines', '\\n', ''].map(
    (value, index) => ({
      name: `V${String(index)}`,
      value,
    }),
  )
  expect(pastedVariables(variablesText(variables))).toEqual(variables)
})
