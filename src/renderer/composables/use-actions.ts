import { ref, shallowRef, type Ref } from 'vue'
import type { BerthError } from '../../shared/errors'
import { toBerthError } from '../api'
import { useDialogs, type Question } from '../stores/dialogs'
import { useNotifications } from '../stores/notifications'

/**
 * Runs named actions. Actions with the same name never run simultaneously. `busy` has the names of running actions.
 * Several components may share one `busy`.
 */
export function useActions(busy: Ref<Set<string>> = ref(new Set<string>())) {
  const notifications = useNotifications()
  const dialogs = useDialogs()

  /**
   * Runs an action. If the action succeeds, shows the text that `done` returns and resolves with true. If the action
   * fails, shows the failure on the page and resolves with false.
   */
  async function run<T>(
    name: string,
    action: () => Promise<T>,
    done?: (result: T) => string | undefined,
  ): Promise<boolean> {
    if (busy.value.has(name)) return false
    busy.value = new Set([...busy.value, name])
    try {
      const result = await action()
      const text = done?.(result)
      if (text !== undefined) notifications.success(text)
      return true
    } catch (error) {
      notifications.failure(error)
      return false
    } finally {
      busy.value = new Set([...busy.value].filter((one) => one !== name))
    }
  }

  /** Asks the user to confirm, then calls `run`. Resolves with false if the user cancels. */
  async function runConfirmed<T>(
    name: string,
    question: Question,
    action: () => Promise<T>,
    done?: (result: T) => string,
  ): Promise<boolean> {
    return (await dialogs.ask(question)) && run(name, action, done)
  }

  return { busy, run, runConfirmed }
}

/** Submits a form. Ignores a submission while another submission is running. `error` is the last failure. */
export function useSubmit() {
  const busy = ref(false)
  const error = shallowRef<BerthError>()

  async function submit(action: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = true
    error.value = undefined
    try {
      await action()
    } catch (failure) {
      error.value = toBerthError(failure)
    } finally {
      busy.value = false
    }
  }

  return { busy, error, submit }
}
