import { describe, expect, it } from 'vitest'
import { settingsSchema } from '../../../src/shared/settings'

describe('the detach keys', () => {
  const isValid = (detachKeys: string) => settingsSchema.shape.terminal.safeParse({ detachKeys }).success

  it.each(['', 'ctrl-p,ctrl-q', 'ctrl-@', 'ctrl-\\', 'ctrl-],x', 'a'])('may be %o', (keys) => {
    expect(isValid(keys)).toBe(true)
  })

  it.each(['ctrl-', 'ctrl-P', 'alt-x', 'ab', 'a,,b', ',', 'ctrl-p, ctrl-q', '한'])(
    'may not be %o',
    (keys) => {
      expect(isValid(keys)).toBe(false)
    },
  )
})
