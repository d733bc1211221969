import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { Backup } from '../../shared/backups'
import type { Container } from '../../shared/containers'
import type { FindingOf } from '../../shared/hints'
import type { Word } from '../../shared/docker-commands'
import type { BuildRequest } from '../../shared/builds'
import type { ComposeProject } from '../../shared/compose'

type Dialog =
  | { name: 'update'; container: Container }
  | { name: 'move-data'; container: Container; finding: FindingOf<'layer-data'> }
  | { name: 'paste-command' }
  | { name: 'import' }
  | { name: 'pull'; taskId?: string; reference?: string }
  | { name: 'push'; image: string; reference?: string; taskId?: string }
  | { name: 'tag-image'; image: string }
  | { name: 'remove-image'; image: string; tag?: string }
  | { name: 'save-images'; images: string[] }
  | { name: 'prune-images' }
  | { name: 'build'; request?: Omit<BuildRequest, 'secrets'> }
  | { name: 'compose'; dialog: 'open' }
  | { name: 'compose'; dialog: 'up' | 'down'; project: ComposeProject }
  | { name: 'compose'; dialog: 'setup'; project: ComposeProject; profiles: string[] }
  | { name: 'compose'; dialog: 'scale'; project: ComposeProject; service: string; replicas: number }
  | { name: 'create-volume' }
  | { name: 'create-network' }
  | { name: 'connect-network'; network: string }
  | { name: 'clone-volume'; volume: string }
  | { name: 'back-up-volume'; volume: string }
  | { name: 'restore-volume'; backup?: Backup; to: string }
  | { name: 'backup-schedule'; volume: string }
  | { name: 'login'; registry?: string }
  | { name: 'reset' }
  | { name: 'commands' }
  | { name: 'keys' }
  | {
      name: 'container'
      dialog: 'rename' | 'signal' | 'commit' | 'attach' | 'group' | 'command'
      ids: string[]
    }
  | { name: 'rename-group'; group: string }

/** A question that the user must confirm before an action deletes or interrupts something. */
export interface Question {
  title: string
  /** The paragraphs of the question. */
  text: string[]
  /** The names of the objects that the action would remove. The dialog shows one name per line. */
  items?: string[]
  /** The docker command that does the same, if there is one. */
  command?: readonly Word[] | undefined
  /** The label of the confirm button. */
  confirm: string
  /** The label of the cancel button. The default is “Cancel”. */
  refuse?: string
}

interface OpenQuestion extends Question {
  answer: (confirmed: boolean) => void
}

/** The open dialog and the open question, at most one of each. Any component can open them through this store. */
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
