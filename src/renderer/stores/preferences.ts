import { defineStore } from 'pinia'
import { computed, ref, watchEffect } from 'vue'
import { languages, type Language } from '../../shared/i18n'
import { i18n } from '../i18n'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const keys = { language: 'berth.language', theme: 'berth.theme' } as const

function stored<T extends string>(key: string, allowed: readonly T[]): T | undefined {
  const value = localStorage.getItem(key)
  return allowed.find((one) => one === value)
}

/** The first of the user's languages that Berth speaks. */
function systemLanguage(): Language {
  const wanted = navigator.languages.map((tag) => tag.split('-')[0])
  return wanted.flatMap((tag) => languages.filter((language) => language === tag))[0] ?? 'en'
}

/** Language and theme, kept in this browser. */
export const usePreferences = defineStore('preferences', () => {
  const language = ref<Language>(stored(keys.language, languages) ?? systemLanguage())
  const theme = ref<Theme>(stored(keys.theme, themes) ?? 'system')
  const systemDark = window.matchMedia('(prefers-color-scheme: dark)')
  const systemIsDark = ref(systemDark.matches)
  systemDark.addEventListener('change', ({ matches }) => {
    systemIsDark.value = matches
  })
  const isDark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value))

  watchEffect(() => {
    document.documentElement.classList.toggle('dark', isDark.value)
    document.documentElement.style.colorScheme = isDark.value ? 'dark' : 'light'
  })
  watchEffect(() => {
    document.documentElement.lang = language.value
    i18n.global.locale.value = language.value
  })

  function setLanguage(value: Language): void {
    language.value = value
    localStorage.setItem(keys.language, value)
  }
  function setTheme(value: Theme): void {
    theme.value = value
    localStorage.setItem(keys.theme, value)
  }
  // A shell window follows what the main window chose.
  window.addEventListener('storage', () => {
    language.value = stored(keys.language, languages) ?? language.value
    theme.value = stored(keys.theme, themes) ?? theme.value
  })

  return { language, theme, isDark, setLanguage, setTheme }
})
