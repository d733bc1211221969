import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { z } from 'zod'

/** The limits of the font size, in CSS pixels, and of the lines that a terminal keeps. */
export const fontSizes = { smallest: 8, usual: 13, largest: 32 } as const
export const scrollbackLines = { least: 100, usual: 10_000, most: 200_000 } as const

const storedSchema = z.object({
  fontSize: z.number().int().min(fontSizes.smallest).max(fontSizes.largest).catch(fontSizes.usual),
  scrollback: z
    .number()
    .int()
    .min(scrollbackLines.least)
    .max(scrollbackLines.most)
    .catch(scrollbackLines.usual),
  screenReader: z.boolean().catch(false),
})
type Stored = z.infer<typeof storedSchema>

/** Reads the stored preferences. A value that is missing or invalid becomes the usual value. */
export function readTerminalPreferences(text: string): Stored {
  try {
    return storedSchema.parse(JSON.parse(text))
  } catch {
    return storedSchema.parse({})
  }
}

function inside(value: number | null | undefined, least: number, most: number): value is number {
  return Number.isInteger(value) && value !== null && value !== undefined && value >= least && value <= most
}

/** The user's preferences for terminals, in the browser's storage, which all windows share. */
export const useTerminalPreferences = defineStore('terminal-preferences', () => {
  const stored = useStorage<Stored>('berth.terminal', storedSchema.parse({}), localStorage, {
    serializer: { read: readTerminalPreferences, write: JSON.stringify },
  })
  const fontSize = computed(() => stored.value.fontSize)
  const scrollback = computed(() => stored.value.scrollback)
  const screenReader = computed(() => stored.value.screenReader)

  /** Ignores a size outside of the limits. */
  function setFontSize(size: number | null | undefined): void {
    if (inside(size, fontSizes.smallest, fontSizes.largest)) stored.value.fontSize = size
  }
  /** Changes the font size by `step` pixels, within the limits. 0 returns to the usual size. */
  function changeFontSize(step: -1 | 0 | 1): void {
    const size = step === 0 ? fontSizes.usual : stored.value.fontSize + step
    stored.value.fontSize = Math.min(fontSizes.largest, Math.max(fontSizes.smallest, size))
  }
  /** Takes a number of lines within the limits. Ignores any other number. */
  function setScrollback(lines: number | null | undefined): void {
    if (inside(lines, scrollbackLines.least, scrollbackLines.most)) stored.value.scrollback = lines
  }
  function setScreenReader(on: boolean): void {
    stored.value.screenReader = on
  }

  return { fontSize, scrollback, screenReader, setFontSize, changeFontSize, setScrollback, setScreenReader }
})
