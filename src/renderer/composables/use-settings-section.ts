import { computed, ref, watch, type Ref } from 'vue'
import type { z } from 'zod'
import type { BerthError } from '../../shared/errors'
import { settingsSchema, type Settings, type SettingsPatch } from '../../shared/settings'
import { api } from '../api'
import { useNotifications } from '../stores/notifications'
import { useSettings } from '../stores/settings'
import { useSubmit } from './use-actions'
import { useText } from './use-text'

/** The properties and functions of a draft that a SettingsSection component uses. */
export interface SettingsForm {
  /** True if the draft differs from the saved settings. */
  changed: Readonly<Ref<boolean>>
  /** True if the draft has an invalid value, so the user cannot save it. */
  invalid: Readonly<Ref<boolean>>
  busy: Readonly<Ref<boolean>>
  /** Why the last save failed. */
  error: Readonly<Ref<BerthError | undefined>>
  save: () => Promise<void>
  reset: () => void
}

/** A draft of one section of the settings. Until the user edits the draft, it follows the saved settings. */
export function useSettingsSection<K extends keyof Settings>(name: K) {
  const settings = useSettings()
  const notifications = useNotifications()
  const { t } = useText()
  const { busy, error, submit } = useSubmit()
  const schema: z.ZodType = settingsSchema.shape[name]

  const saved = computed(() => settings.state?.settings[name])
  const draft = ref(copy(saved.value)) as Ref<Settings[K] | undefined>
  const changed = computed(() => JSON.stringify(draft.value) !== JSON.stringify(saved.value))
  const issues = computed(() => schema.safeParse(draft.value).error?.issues ?? [])
  const invalid = computed(() => issues.value.length > 0)

  watch(saved, (now, before) => {
    if (JSON.stringify(draft.value) === JSON.stringify(before)) draft.value = copy(now)
  })
  watch(draft, () => (error.value = undefined), { deep: true })

  /** Returns true if the value at a path such as `servers.0`, or a nested value, is invalid. */
  function isInvalid(path: string): boolean {
    return issues.value.some((issue) => `${issue.path.join('.')}.`.startsWith(`${path}.`))
  }
  function reset(): void {
    draft.value = copy(saved.value)
    error.value = undefined
  }
  async function save(): Promise<void> {
    if (invalid.value) return
    await submit(async () => {
      const patch: SettingsPatch = { [name]: draft.value }
      await api.settings.update(patch)
      notifications.success(t('settings.saved'))
    })
  }

  return { draft, isInvalid, changed, invalid, busy, error, save, reset }
}

function copy<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T)
}
