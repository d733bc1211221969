import { app, dialog } from 'electron'
import type { MenuTexts } from '../../shared/i18n'

export interface UnsavedTextOptions {
  texts: MenuTexts
  /** True after the first request to quit. */
  isQuitting: () => boolean
}

/**
 * Asks before a window with unsaved text closes or reloads. Without an answer, Electron keeps such a window open and
 * says nothing (https://www.electronjs.org/docs/latest/api/web-contents#event-will-prevent-unload). When the app quits,
 * the machine has already stopped, and nothing can be saved any more. So the window then closes without a question.
 * Call this before the first window is created.
 */
export function askBeforeUnload({ texts, isQuitting }: UnsavedTextOptions): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-prevent-unload', (event) => {
      const leaves = isQuitting() || dialog.showMessageBoxSync(question(texts)) === 0
      // The event's default is to keep the page.
      if (leaves) event.preventDefault()
    })
  })
}

function question(texts: MenuTexts): Electron.MessageBoxSyncOptions {
  return {
    type: 'warning',
    message: texts.unsavedQuestion,
    detail: texts.unsavedDetail,
    buttons: [texts.unsavedDiscard, texts.unsavedKeep],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  }
}
