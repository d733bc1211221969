import { inject, provide, shallowRef, watch, type InjectionKey, type ShallowRef } from 'vue'
import type { ComposeCheck } from '../../shared/compose'
import { api, useWatchFor } from '../api'
import { useCompose } from '../stores/compose'

/** What compose says about the files of the page's project. Undefined until compose has answered. */
type Check = Readonly<ShallowRef<ComposeCheck | undefined>>

const checkKey: InjectionKey<Check> = Symbol('compose check')

/** Follows the check of a project for all sections of its page. */
export function provideComposeCheck(name: () => string): Check {
  const compose = useCompose()
  const check = shallowRef<ComposeCheck>()
  watch(name, () => {
    check.value = undefined
  })
  useWatchFor(() => compose.projects.has(name()) && name(), {
    open: (followed, signal) => api.compose.check({ name: followed }, { signal }),
    onValue: (value) => {
      check.value = value
    },
  })
  provide(checkKey, check)
  return check
}

/** The check that the page follows. */
export function useComposeCheck(): Check {
  return inject(checkKey, shallowRef<ComposeCheck>())
}
