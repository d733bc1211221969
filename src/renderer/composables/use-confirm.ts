import { shallowRef } from 'vue'

export interface Question {
  title: string
  /** Paragraphs. */
  text: string[]
  /** Names of what goes, one a line. */
  items?: string[]
  /** The label of the button that does it. */
  confirm: string
}

interface Asked extends Question {
  answer: (confirmed: boolean) => void
}

const asked = shallowRef<Asked>()

/** One dialog for every question that can lose something; `ConfirmDialog` shows it. */
export function useConfirm() {
  function ask(question: Question): Promise<boolean> {
    asked.value?.answer(false)
    return new Promise((resolve) => {
      asked.value = {
        ...question,
        answer: (confirmed) => {
          asked.value = undefined
          resolve(confirmed)
        },
      }
    })
  }
  return { asked, ask }
}
