import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'

/** How many chosen entries Berth remembers. */
const kept = 20

/** The entries of the palette that the user has chosen last, newest first. All windows share them. */
export const usePaletteHistory = defineStore('palette-history', () => {
  const recent = useStorage<string[]>('berth.palette.recent', [])

  function choose(key: string): void {
    recent.value = [key, ...recent.value.filter((one) => one !== key)].slice(0, kept)
  }

  return { recent, choose }
})
