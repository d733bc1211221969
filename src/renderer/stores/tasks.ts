import { useSessionStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, triggerRef } from 'vue'
import { BerthError } from '../../shared/errors'
import { errorTextOf } from '../../shared/i18n/languages'
import { isChangeTask } from '../../shared/container-changes'
import type { Task } from '../../shared/tasks'
import { api, useWatch } from '../api'
import { catalogue, translate } from '../lib/i18n'
import { applyTaskEvent, taskTitle } from '../lib/tasks'
import { useDialogs } from './dialogs'
import { useNotifications } from './notifications'

/**
 * The tasks of this and earlier runs of Berth. A stream of the contract keeps them up to date. If a task ends while the
 * user does not see it, a notice says how it ended.
 */
export const useTasks = defineStore('tasks', () => {
  const all = shallowRef(new Map<string, Task>())
  /** True while the task centre is visible. A reload keeps it open. */
  const open = useSessionStorage('berth.tasks.open', false)
  /** The task that the task centre should scroll to. */
  const shown = ref<string>()
  /** The failed tasks that the user has not seen yet. */
  const unseen = ref(new Set<string>())
  const cancelling = ref(new Set<string>())
  /** The tasks whose progress and result a page or a dialog shows or has shown. They need no notice. */
  const watched = ref(new Set<string>())
  /** How the last task ended while the task centre was visible, for screen readers. */
  const announcement = ref('')
  const notifications = useNotifications()
  const dialogs = useDialogs()

  const newestFirst = computed(() => [...all.value.values()].reverse())
  const running = computed(() => newestFirst.value.filter(({ state }) => state === 'running'))

  function find(id: string): Task | undefined {
    return all.value.get(id)
  }
  /** Opens the task centre, at a task if `id` is set. */
  function show(id?: string): void {
    open.value = true
    shown.value = id
    unseen.value = new Set()
  }
  function hide(): void {
    open.value = false
    announcement.value = ''
    shown.value = undefined
  }

  /** Returns true if an open dialog shows this task. It also shows a failure. */
  function isInDialog(id: string): boolean {
    const dialog = dialogs.open
    return dialog !== undefined && 'taskId' in dialog && dialog.taskId === id
  }
  function announce(task: Task): void {
    const title = translate(`tasks.ended.${task.state}`, { task: taskTitle(task) })
    if (open.value) {
      announcement.value = title
      return
    }
    if (watched.value.has(task.id)) return
    // The success of a run, an edit or an update has a notice of its own, which leads to the container.
    if (isChangeTask(task) && task.state === 'succeeded') return
    const failed = task.state === 'failed'
    if (failed && isInDialog(task.id)) return
    if (failed) unseen.value = new Set([...unseen.value, task.id])
    notifications.ended({
      title,
      text: task.error === null ? '' : errorTextOf(catalogue(), BerthError.fromData(task.error)).what,
      tone: failed ? 'error' : task.state === 'succeeded' ? 'success' : 'neutral',
      action: {
        label: translate('tasks.showTask'),
        run: () => {
          show(task.id)
        },
      },
    })
  }
  useWatch(
    (signal) => api.tasks.watch(undefined, { signal }),
    (event) => {
      const ended = applyTaskEvent(all.value, event)
      triggerRef(all)
      ended.forEach(announce)
    },
  )

  async function cancel(id: string): Promise<void> {
    if (cancelling.value.has(id)) return
    cancelling.value = new Set([...cancelling.value, id])
    try {
      await api.tasks.cancel({ id })
    } catch (error) {
      notifications.failure(error)
    } finally {
      cancelling.value = new Set([...cancelling.value].filter((one) => one !== id))
    }
  }
  async function dismiss(id: string): Promise<void> {
    await api.tasks.dismiss({ id }).catch(notifications.failure)
  }
  async function dismissEnded(): Promise<void> {
    await api.tasks.dismissEnded().catch(notifications.failure)
  }

  return {
    all,
    newestFirst,
    running,
    open,
    shown,
    unseen,
    announcement,
    cancelling,
    watched,
    find,
    show,
    hide,
    cancel,
    dismiss,
    dismissEnded,
  }
})
