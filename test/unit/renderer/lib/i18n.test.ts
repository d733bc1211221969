import { describe, expect, it } from 'vitest'
import { catalogue, formOf, showLanguage, translate } from '../../../../src/renderer/lib/i18n'

describe('translate', () => {
  it('shows the language of the last call, even if two languages load simultaneously', async () => {
    expect(() => catalogue()).toThrow('no language')
    await Promise.all([showLanguage('en'), showLanguage('ko')])
    expect(translate('containers.logs')).toBe('로그')
    await showLanguage('en')
    expect(translate('containers.logs')).toBe('Logs')
    expect(catalogue().checks.qemu).toBe('QEMU')
  })

  it('fills in parameters, and returns an unknown key unchanged', async () => {
    await showLanguage('en')
    expect(translate('containers.port.further', { count: 3 }, 3)).toBe('3 more ports')
    expect(translate('containers.port.further', { count: 1 }, 1)).toBe('1 more port')
    expect(translate('containers.nothing')).toBe('containers.nothing')
    expect(translate('containers')).toBe('containers')
  })
})

describe('formOf', () => {
  it.each([
    ['a | b', 0, 'b'],
    ['a | b', 1, 'a'],
    ['a | b', 7, 'b'],
    ['none | one | {count}', 0, 'none'],
    ['none | one | {count}', 1, 'one'],
    ['none | one | {count}', 7, '7'],
    ['only', 7, 'only'],
  ])('for the text %o and the count %i, chooses %o', (text, count, expected) => {
    expect(formOf(text, {}, count)).toBe(expected)
  })
})
