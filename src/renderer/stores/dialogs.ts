import { ref } from 'vue'

type Dialog =
  | { name: 'run'; image?: string; sessionId?: string }
  | { name: 'import' }
  | { name: 'pull'; sessionId?: string; reference?: string }
  | { name: 'create-volume' }
  | { name: 'login'; registry?: string }
  | { name: 'reset' }
  | { name: 'commands' }

const open = ref<Dialog>()

/** The one dialog that is open, so that a page, a shortcut and the command palette can all open it. */
export function useDialogs() {
  return {
    open,
    show: (dialog: Dialog) => {
      open.value = dialog
    },
    close: () => {
      open.value = undefined
    },
  }
}
