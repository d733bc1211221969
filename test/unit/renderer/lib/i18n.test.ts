import { describe, expect, it } from 'vitest'
import {
  catalogue,
  formOf,
  loadTexts,
  showLanguage,
  translate,
  withTexts,
} from '../../../../src/renderer/lib/i18n'

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

describe('the texts of a rare page', () => {
  it('load with the page, also if the language changes meanwhile, and in each later language', async () => {
    await showLanguage('en')
    expect(translate('stack.picture')).toBe('stack.picture')
    const page = withTexts('stack', () => Promise.resolve('page'))()
    await Promise.all([page, showLanguage('ko'), loadTexts('isolation')])
    expect(await page).toBe('page')
    expect(translate('stack.picture')).toBe('계층')
    expect(translate('isolation.view.processes')).toBe('프로세스')
    await showLanguage('en')
    expect(translate('stack.picture')).toBe('The layers')
    expect(translate('containers.logs')).toBe('Logs')
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
