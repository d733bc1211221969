import { watchDebounced } from '@vueuse/core'
import { computed, ref, shallowRef } from 'vue'
import type { ImageSuggestions } from '../../shared/image-suggestions'
import { api } from '../api'

/** How long to wait after the last key before registries are asked, in milliseconds. */
const pauseMs = 200
/** The registries about which the window has already said that they offer no list. */
const said = ref(new Set<string>())

/**
 * Suggests images of known registries for a typed text. Typing never waits for a registry. What a registry cannot do is
 * said once, until the window is reloaded.
 */
export function useImageSuggestions(typed: () => string) {
  const found = shallowRef<ImageSuggestions>()
  const asking = ref(false)
  /** The registry whose problem the field says now. */
  const saying = ref('')
  let newest = 0

  watchDebounced(
    typed,
    async (text) => {
      const own = ++newest
      if (text.trim() === '') {
        found.value = undefined
        asking.value = false
        saying.value = ''
        return
      }
      asking.value = true
      // Suggestions are a help only. Without a connection to Berth, there are none.
      const answer = await api.registries.suggest({ typed: text.trim().slice(0, 400) }).catch(() => undefined)
      if (own !== newest) return
      asking.value = false
      found.value = answer
      const { registry = null, state = 'ok' } = answer ?? {}
      if (registry === null || state === 'ok') saying.value = ''
      else if (!said.value.has(registry)) {
        said.value.add(registry)
        saying.value = registry
      } else if (saying.value !== registry) saying.value = ''
    },
    { debounce: pauseMs },
  )

  const references = computed(() => found.value?.references ?? [])
  /** What the registry cannot do, if the field has to say it. */
  const note = computed(() => {
    const { state = 'ok', registry } = found.value ?? {}
    return state !== 'ok' && registry === saying.value ? { state, registry } : undefined
  })
  const isCut = computed(() => found.value?.cut === true)
  return { references, note, isCut, asking }
}
