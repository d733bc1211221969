import { usePreferredDark, useStorage, type RemovableRef } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, watchEffect } from 'vue'
import { languages, type Language } from '../../shared/i18n/languages'
import { showLanguage } from '../lib/i18n'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** The user's choice in the browser's storage, which all windows share. Null if the user has not chosen yet. */
function storedChoice<T extends string>(key: string, choices: readonly T[]): RemovableRef<T | null> {
  const serializer = {
    read: (text: string) => choices.find((choice) => choice === text) ?? null,
    write: String,
  }
  return useStorage<T | null>(key, null, localStorage, { serializer })
}

/** Returns the first of the user's languages for which Berth has texts. The default is English. */
function systemLanguage(): Language {
  const wanted = navigator.languages.map((tag) => tag.split('-')[0])
  return wanted.flatMap((tag) => languages.filter((language) => language === tag))[0] ?? 'en'
}

/** The language and theme. If the user has not chosen, the settings of the system apply. */
export const usePreferences = defineStore('preferences', () => {
  const chosenLanguage = storedChoice('berth.language', languages)
  const chosenTheme = storedChoice('berth.theme', themes)
  /** True if keys without Control or Command, such as `?` and `g c`, are shortcuts. */
  const typableKeys = useStorage('berth.typable-keys', true)
  const systemIsDark = usePreferredDark()

  const language = computed(() => chosenLanguage.value ?? systemLanguage())
  const theme = computed(() => chosenTheme.value ?? 'system')
  const isDark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value))

  watchEffect(() => {
    document.documentElement.classList.toggle('dark', isDark.value)
    document.documentElement.style.colorScheme = isDark.value ? 'dark' : 'light'
  })
  watchEffect(() => {
    document.documentElement.lang = language.value
    void showLanguage(language.value)
  })

  function setLanguage(value: Language): void {
    chosenLanguage.value = value
  }
  function setTheme(value: Theme): void {
    chosenTheme.value = value
  }

  return { language, theme, isDark, typableKeys, setLanguage, setTheme }
})
