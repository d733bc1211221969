import { beforeEach, expect, test, vi } from 'vitest'
import { askBeforeUnload } from '../../../../src/main/electron/unsaved-text'
import { catalogues } from '../../../../src/shared/i18n'
import { app, dialog, FakeEvent, FakeWebContents, resetElectron } from '../../../support/electron-double'

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
