import { useEventListener } from '@vueuse/core'
import type { Terminal } from '@xterm/xterm'
import type { Ref } from 'vue'
import { pasteText, runsOnPaste } from '../lib/paste'
import { useDialogs } from '../stores/dialogs'
import { useText } from './use-text'

/**
 * Pastes into the terminal in `element`. Asks first if the shell would run a part of the text immediately. Takes every
 * paste from xterm.js, which does not remove control characters.
 */
export function useTerminalPaste(
  element: Ref<HTMLElement | null>,
  terminal: () => Terminal | undefined,
): void {
  const dialogs = useDialogs()
  const { t } = useText()

  async function paste(target: Terminal, text: string): Promise<void> {
    if (runsOnPaste(text, target.modes.bracketedPasteMode)) {
      const lines = text.split(/\r?\n|\r/)
      const confirmed = await dialogs.ask({
        title: t('terminal.pasteTitle'),
        text: [t('terminal.pasteText')],
        items: lines.slice(0, 50),
        confirm: t('terminal.paste'),
      })
      if (!confirmed) return
    }
    target.paste(text)
    target.focus()
  }
  useEventListener(
    element,
    'paste',
    (event: ClipboardEvent) => {
      const target = terminal()
      if (target === undefined || target.options.disableStdin === true) return
      event.preventDefault()
      event.stopPropagation()
      void paste(target, pasteText(event.clipboardData?.getData('text/plain') ?? ''))
    },
    { capture: true },
  )
}
