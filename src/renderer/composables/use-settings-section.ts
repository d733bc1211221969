import { computed, ref, watch, type Ref } from 'vue'
import type { z } from 'zod'
import { settingsSchema, type Settings, type SettingsPatch } from '../../shared/settings'
import { api } from '../api'
import { useNotifications } from '../stores/notifications'
import { useSettings } from '../stores/settings'
import { useSubmit } from './use-submit'
import { useText } from './use-text'

/**
 * A draft of one section of the settings. It follows what is saved until it is edited; `problem` is what is wrong
 * with a field (`servers.0`), and what main refuses is `error`.
 */
export function useSection<K extends keyof Settings>(name: K) {
  const settings = useSettings()
  const notifications = useNotifications()
  const { t } = useText()
  const { busy, error, submit } = useSubmit()
  const schema: z.ZodType = settingsSchema.shape[name]

  const saved = computed(() => settings.state?.settings[name])
  const draft = ref(copy(saved.value)) as Ref<Settings[K] | undefined>
  const changed = computed(() => JSON.stringify(draft.value) !== JSON.stringify(saved.value))
  const issues = computed(() => schema.safeParse(draft.value).error?.issues ?? [])

  watch(saved, (now, before) => {
    if (JSON.stringify(draft.value) === JSON.stringify(before)) draft.value = copy(now)
  })
  watch(draft, () => (error.value = undefined), { deep: true })

  /** True when a field, or something below it, is not as it has to be. */
  function isInvalid(path: string): boolean {
    return issues.value.some((issue) => `${issue.path.join('.')}.`.startsWith(`${path}.`))
  }
  function reset(): void {
    draft.value = copy(saved.value)
    error.value = undefined
  }
  async function save(): Promise<void> {
    if (issues.value.length > 0) return
    await submit(async () => {
      const patch: SettingsPatch = { [name]: draft.value }
      await api.settings.update(patch)
      notifications.success(t('settings.saved'))
    })
  }

  return {
    draft,
    saved,
    changed,
    isInvalid,
    invalid: computed(() => issues.value.length > 0),
    reset,
    save,
    busy,
    error,
  }
}

function copy<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T)
}
