import { beforeEach, expect, test, vi } from 'vitest'
import { askBeforeQuit, askBeforeUnload } from '../../../../src/main/electron/unsaved-text'
import { catalogues } from '../../../../src/shared/i18n'
import {
  app,
  BrowserWindow,
  dialog,
  FakeEvent,
  FakeWebContents,
  resetElectron,
} from '../../../support/electron-double'

vi.mock('electron', () => import('../../../support/electron-double'))

let page: FakeWebContents
let quitting: boolean

beforeEach(() => {
  resetElectron()
  quitting = false
  askBeforeUnload({ texts: catalogues.en.menus, isQuitting: () => quitting })
  page = new FakeWebContents()
  app.emit('web-contents-created', {}, page)
})

/** Acts as a page with unsaved text that the user closes. Returns whether the page closes. */
function close(): boolean {
  const event = new FakeEvent()
  page.emit('will-prevent-unload', event)
  return event.defaultPrevented
}

test.each([
  ['Discard', true],
  ['Keep Editing', false],
])('a window with unsaved text asks before it closes: %s', (button, closes) => {
  dialog.answer = closes ? 0 : 1
  expect(close()).toBe(closes)
  expect(dialog.questions).toMatchObject([{ message: 'Discard the unsaved changes?', cancelId: 1 }])
  expect(dialog.questions[0]?.buttons?.[dialog.answer]).toBe(button)
})

test('a window with unsaved text closes without a question when the app quits', () => {
  quitting = true
  expect(close()).toBe(true)
  expect(dialog.questions).toEqual([])
})

test.each([
  ['Discard', true],
  ['Keep Editing', false],
])('the app names the texts that a quit would lose: %s', async (button, quits) => {
  new BrowserWindow({})
  dialog.answer = quits ? 0 : 1
  const names = Array.from({ length: 12 }, (_, index) => `/srv/${index}.yaml`)
  expect(await askBeforeQuit(catalogues.en.menus, names)).toBe(quits)
  const [{ detail = '', buttons = [] } = {}] = dialog.questions
  expect(buttons[dialog.answer]).toBe(button)
  expect(detail.split('\n').slice(1)).toEqual([...names.slice(0, 10), '…'])
})

test('the app quits without a question if nothing is unsaved, or if no window is left', async () => {
  expect(await askBeforeQuit(catalogues.en.menus, ['/srv/a.yaml'])).toBe(true)
  new BrowserWindow({})
  expect(await askBeforeQuit(catalogues.en.menus, [])).toBe(true)
  expect(dialog.questions).toEqual([])
})
