import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { BerthError } from '../../shared/errors'
import type { PullLayer } from '../../shared/images'
import type { SessionInfo } from '../../shared/sessions'
import { api, attachSession, connection } from '../api'
import { translate } from '../lib/i18n'
import { useDialogs } from './dialogs'
import { useNotifications } from './notifications'

export interface PullTask {
  sessionId: string
  reference: string
  layers: PullLayer[]
  ended: boolean
  cancelled: boolean
  error: BerthError | null
}

/** The pulls of images. A pull continues if the user closes its dialog or reloads the page. */
export const usePulls = defineStore('pulls', () => {
  const tasks = ref<PullTask[]>([])
  const running = computed(() => tasks.value.filter(({ ended }) => !ended))
  const notifications = useNotifications()
  const dialogs = useDialogs()

  function update(sessionId: string, change: Partial<PullTask>): PullTask | undefined {
    tasks.value = tasks.value.map((task) => (task.sessionId === sessionId ? { ...task, ...change } : task))
    return find(sessionId)
  }
  function find(sessionId: string): PullTask | undefined {
    return tasks.value.find((task) => task.sessionId === sessionId)
  }
  /** Returns true if an open dialog shows this pull. That dialog also shows how the pull ends. */
  function isShown(sessionId: string): boolean {
    const dialog = dialogs.open
    return dialog !== undefined && 'sessionId' in dialog && dialog.sessionId === sessionId
  }
  function forget(sessionId: string): void {
    tasks.value = tasks.value.filter((task) => task.sessionId !== sessionId || !task.ended)
  }
  function announce({ sessionId, reference, cancelled, error }: PullTask): void {
    if (cancelled) notifications.success(translate('images.pullCancelled', { image: reference }))
    else if (error === null) notifications.success(translate('images.pulled', { image: reference }))
    else if (isShown(sessionId)) return
    else notifications.failure(error)
    if (!isShown(sessionId)) forget(sessionId)
  }

  function follow(session: SessionInfo): void {
    if (find(session.id) !== undefined) return
    const task = {
      sessionId: session.id,
      reference: session.title,
      layers: [],
      ended: false,
      cancelled: false,
      error: null,
    }
    tasks.value = [...tasks.value, task]
    void attachSession(
      session.id,
      {
        render: (event) => {
          if (event.type === 'pull') update(session.id, { layers: event.layers })
        },
        restart: () => undefined,
        ended: ({ error }) => {
          const ended = update(session.id, { ended: true, error })
          if (ended !== undefined) announce(ended)
        },
      },
      new AbortController().signal,
    )
  }

  async function start(reference: string): Promise<string> {
    const session = await api.images.pull({ reference })
    follow(session)
    return session.id
  }
  async function cancel(sessionId: string): Promise<void> {
    update(sessionId, { cancelled: true })
    try {
      await api.sessions.close({ sessionId })
    } catch (error) {
      update(sessionId, { cancelled: false })
      notifications.failure(error)
    }
  }
  /** Follows the running pulls that began before this page was loaded. */
  async function adopt(): Promise<void> {
    await connection.whenOpen(new AbortController().signal)
    const sessions = await api.sessions.list()
    for (const session of sessions) if (session.kind === 'pull' && !session.ended) follow(session)
  }

  return { running, find, forget, start, cancel, adopt }
})
