import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

type Dialog =
  | { name: 'run'; image?: string; sessionId?: string }
  | { name: 'import' }
  | { name: 'pull'; sessionId?: string; reference?: string }
  | { name: 'create-volume' }
  | { name: 'login'; registry?: string }
  | { name: 'reset' }
  | { name: 'commands' }

/** A question to confirm before something is lost. */
export interface Question {
  title: string
  /** Paragraphs. */
  text: string[]
  /** The names of the objects that would be lost, one a line. */
  items?: string[]
  /** The label of the button that confirms. */
  confirm: string
  /** The label of the other button, if it is not “Cancel”. */
  refuse?: string
}

interface OpenQuestion extends Question {
  answer: (confirmed: boolean) => void
}

/** The dialog and the question that are open, at most one of each, so that any part of the window can open them. */
export const useDialogs = defineStore('dialogs', () => {
  const open = ref<Dialog>()
  const question = shallowRef<OpenQuestion>()

  function show(dialog: Dialog): void {
    open.value = dialog
  }
  function close(): void {
    open.value = undefined
  }
  /** Shows a question in the ConfirmDialog. Resolves with true if the user confirms. */
  function ask(asked: Question): Promise<boolean> {
    question.value?.answer(false)
    return new Promise((resolve) => {
      question.value = {
        ...asked,
        answer: (confirmed) => {
          question.value = undefined
          resolve(confirmed)
        },
      }
    })
  }

  return { open, show, close, question, ask }
})
