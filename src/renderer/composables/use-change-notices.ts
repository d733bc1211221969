import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { ContainerChange } from '../../shared/container-changes'
import { shortId } from '../../shared/short-id'
import { useContainerChanges } from '../stores/container-changes'
import { useEngine } from '../stores/engine'
import { useNotifications } from '../stores/notifications'
import { useTasks } from '../stores/tasks'
import { useStartNotice } from './use-container-actions'
import { useText } from './use-text'

/**
 * Says how a run, an edit or an update has succeeded, and leads the page of the old container to the new one. The store
 * of tasks announces every other end.
 */
export function useChangeNotices(): void {
  const changes = useContainerChanges()
  const engine = useEngine()
  const tasks = useTasks()
  const notifications = useNotifications()
  const route = useRoute()
  const router = useRouter()
  const { t } = useText()
  const announceStart = useStartNotice()

  function ended({ id, kind, name: chosen, unchanged, oldId, containerId }: ContainerChange): void {
    const name = chosen === '' ? (engine.containers.get(containerId)?.name ?? shortId(containerId)) : chosen
    const isWatched = tasks.watched.has(id)
    const action = {
      label: t('run.showContainer'),
      run: () => void router.push({ name: 'container', params: { id: containerId } }),
    }
    if (kind === 'run')
      void announceStart({ id: containerId, name }, undefined, 'start', isWatched ? undefined : action)
    else if (!isWatched)
      notifications.ended({
        title: t(`run.result.${unchanged ? 'unchanged' : kind}`, { name }),
        text: '',
        tone: 'success',
        action,
      })
    // The new container has another id, and so another page.
    if (route.name === 'container' && route.params.id === oldId && containerId !== oldId)
      void router.replace({ params: { ...route.params, id: containerId } })
  }
  let running = new Set<string>()
  watch(
    () => changes.all,
    (all) => {
      for (const change of all) if (running.has(change.id) && change.state === 'succeeded') ended(change)
      running = new Set(all.filter(({ state }) => state === 'running').map(({ id }) => id))
    },
    { immediate: true },
  )
}
