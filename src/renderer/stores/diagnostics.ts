import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { checkIds, type CheckId, type CheckResult, type CheckStatus } from '../../shared/diagnostics'
import { api, toBerthError } from '../api'
import { useNotifications } from './notifications'

/** The results of the last run of the checks. The store keeps the results while the user visits other pages. */
export const useDiagnostics = defineStore('diagnostics', () => {
  const notifications = useNotifications()
  const results = shallowRef(new Map<CheckId, CheckResult>())
  const running = shallowRef(false)

  const count = (status: CheckStatus) =>
    [...results.value.values()].filter((result) => result.status === status).length
  const failures = computed(() => count('failed'))
  const warnings = computed(() => count('warning'))
  const skipped = computed(() => count('skipped'))
  const done = computed(() => results.value.size)

  async function run(): Promise<void> {
    if (running.value) return
    running.value = true
    results.value = new Map()
    try {
      for await (const result of await api.diagnostics.run())
        results.value = new Map(results.value).set(result.check, result)
    } catch (error) {
      notifications.failure(toBerthError(error))
    } finally {
      running.value = false
    }
  }

  return { results, running, failures, warnings, skipped, done, all: checkIds.length, run }
})
