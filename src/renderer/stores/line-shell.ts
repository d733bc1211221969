import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { lineShells, type LineShell } from '../../shared/docker-commands/words'
import { useConnection } from './connection'

/** The shell for which Berth writes docker commands. On Windows, the user may paste them into PowerShell or WSL. */
export const useLineShell = defineStore('line-shell', () => {
  const connection = useConnection()
  const chosen = useStorage<LineShell>('berth.line-shell', 'powershell', localStorage, {
    serializer: { read: (text) => lineShells.find((shell) => shell === text) ?? 'powershell', write: String },
  })
  /** False if one shell is usual on the computer. */
  const hasChoice = computed(() => connection.app?.platform === 'win32')
  const shell = computed(() => (hasChoice.value ? chosen.value : 'posix'))

  function choose(wanted: LineShell): void {
    chosen.value = wanted
  }

  return { shell, hasChoice, choose }
})
