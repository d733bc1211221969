import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import type { ShellChoice } from '../../shared/shells'
import { readShellChoices, withShellChoice, writeShellChoices } from '../lib/shell-choices'

/** The last choice of shell, user and folder for each image. A new container of the image uses it too. */
export const useShellChoices = defineStore('shell-choices', () => {
  const choices = useStorage<Map<string, ShellChoice>>('berth.shells', new Map(), localStorage, {
    serializer: { read: readShellChoices, write: writeShellChoices },
  })

  function choiceFor(image: string): ShellChoice {
    return choices.value.get(image) ?? {}
  }
  function remember(image: string, choice: ShellChoice): void {
    choices.value = withShellChoice(choices.value, image, choice)
  }

  return { choiceFor, remember }
})
