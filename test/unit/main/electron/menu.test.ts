import type { MenuItemConstructorOptions } from 'electron'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { setMenu } from '../../../../src/main/electron/menu'
import { catalogues, languageOf } from '../../../../src/shared/i18n'
import { Menu, resetElectron } from '../../../support/electron-double'

vi.mock('electron', () => import('../../../support/electron-double'))

beforeEach(resetElectron)

function items(locale: string, platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  setMenu(catalogues[languageOf(locale)].menus, platform)
  return Menu.application.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
}

function roles(platform: NodeJS.Platform): unknown[] {
  return items('en', platform).map(({ role }) => role)
}

const editing = ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll']

test('macOS has complete application, edit and window menus', () => {
  const wanted = [
    'about',
    'services',
    'hide',
    'hideOthers',
    'unhide',
    'quit',
    'minimize',
    'zoom',
    'close',
    'front',
  ]
  expect(roles('darwin')).toEqual(expect.arrayContaining([...wanted, ...editing]))
  expect(Menu.application[0]?.label).toBe('Berth')
})

test.each(['win32', 'linux'] as const)('%s has a file menu instead of the application menu', (platform) => {
  expect(roles(platform)).toEqual(expect.arrayContaining(['close', 'quit', 'minimize', ...editing]))
  expect(roles(platform)).not.toContain('hideOthers')
  expect(Menu.application[0]?.label).toBe('File')
})

test.each(['darwin', 'win32', 'linux'] as const)(
  '%s has no entry to reload or inspect the page',
  (platform) => {
    for (const role of ['reload', 'forceReload', 'toggleDevTools'])
      expect(roles(platform)).not.toContain(role)
  },
)

describe.each(['win32', 'linux'] as const)('on %s', (platform) => {
  test.each(['CommandOrControl+W', 'CommandOrControl+Q', 'CommandOrControl+M', 'CommandOrControl+R'])(
    'the menu leaves %s to a shell',
    (key) => {
      expect(items('en', platform).map(({ accelerator }) => accelerator)).not.toContain(key)
    },
  )

  test.each(editing)('a shell keeps the keys of %s', (role) => {
    const item = items('en', platform).find((candidate) => candidate.role === role)
    expect(item?.registerAccelerator).toBe(false)
  })
})

test('the labels are Korean for a Korean user and English for others', () => {
  const labels = (locale: string) =>
    items(locale, 'darwin')
      .map(({ label }) => label)
      .filter((label) => label !== undefined)
  expect(labels('en-GB')).toContain('Quit Berth')
  expect(labels('fr')).toEqual(labels('en'))
  expect(labels('ko-KR')).toContain('Berth 종료')
  for (const label of labels('ko')) expect(label).toMatch(/[가-힣]/)
})
