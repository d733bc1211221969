import { app, BrowserWindow, dialog } from 'electron'
import type { MenuTexts } from '../../shared/i18n'

export interface UnsavedTextOptions {
  texts: MenuTexts
  /** True after the first request to quit. */
  isQuitting: () => boolean
}

/**
 * Asks before a window with unsaved text closes or reloads. Without an answer, Electron keeps such a window open and
 * says nothing (https://www.electronjs.org/docs/latest/api/web-contents#event-will-prevent-unload). While the app quits,
 * the window closes without a question, because {@link askBeforeQuit} has asked it.
 * Call this before the first window is created.
 */
export function askBeforeUnload({ texts, isQuitting }: UnsavedTextOptions): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-prevent-unload', (event) => {
      const leaves = isQuitting() || dialog.showMessageBoxSync(question(texts, texts.unsavedDetail)) === 0
      // The event's default is to keep the page.
      if (leaves) event.preventDefault()
    })
  })
}

/** How many names the question shows, because a message box does not scroll. */
const shownNames = 10

/**
 * Asks before the app quits and loses the texts with these names. Resolves with false if the user keeps editing. The
 * services go on while the question is open. Without a window there is nothing to keep: its connection may end a moment
 * after the window.
 */
export async function askBeforeQuit(texts: MenuTexts, names: readonly string[]): Promise<boolean> {
  if (names.length === 0 || BrowserWindow.getAllWindows().length === 0) return true
  const shown = names.slice(0, shownNames)
  const detail = [texts.unsavedQuitDetail, ...shown, ...(names.length > shown.length ? ['…'] : [])]
  const { response } = await dialog.showMessageBox(question(texts, detail.join('\n')))
  return response === 0
}

function question(texts: MenuTexts, detail: string): Electron.MessageBoxSyncOptions {
  return {
    type: 'warning',
    message: texts.unsavedQuestion,
    detail,
    buttons: [texts.unsavedDiscard, texts.unsavedKeep],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  }
}
