import { until } from '@vueuse/core'
import { storeToRefs } from 'pinia'
import { computed } from 'vue'
import { isActive, type Container } from '../../shared/containers'
import { removeCommand } from '../../shared/docker-commands/container-commands'
import { shortId } from '../../shared/short-id'
import { api } from '../api'
import { removalOf } from '../lib/container-removal'
import type { ContainerAction } from '../lib/containers'
import { useBusy } from '../stores/busy'
import { useEngine } from '../stores/engine'
import { useNotifications, type EndNotice } from '../stores/notifications'
import { useActions } from './use-actions'
import { useText } from './use-text'

/** How long to wait for a started container to end, in milliseconds. After this time, the user has seen it run. */
const briefMs = 1000

/** Announces that a container has started. If its program ended within `briefMs`, announces the end instead. */
export function useStartNotice() {
  const { t } = useText()
  const engine = useEngine()
  const notifications = useNotifications()

  /** `startedBefore` is the time of the container's previous start. For a new container, it is undefined. */
  return async (
    { id, name }: Pick<Container, 'id' | 'name'>,
    startedBefore: number | null | undefined,
    action: 'start' | 'restart' = 'start',
    /** The button of the notice, if the container's page is not the one that the user sees. */
    button?: EndNotice['action'],
  ): Promise<void> => {
    const ended = computed(() => {
      const container = engine.containers.get(id)
      const isOver = container?.state === 'exited' && container.startedAt !== startedBefore
      return isOver ? (container.exitCode ?? 0) : undefined
    })
    await until(() => ended.value !== undefined).toBe(true, { timeout: briefMs })
    const code = ended.value
    const title =
      code === undefined
        ? t(`containers.done.${action}`, { name })
        : t('containers.done.ended', { name, code })
    if (button !== undefined)
      notifications.ended({
        title,
        text: '',
        tone: code === undefined ? 'success' : 'neutral',
        action: button,
      })
    else if (code === undefined) notifications.success(title)
    else notifications.note(title)
  }
}

/** Runs actions on containers, and removes containers. `busy` has the ids of the containers with a running action. */
export function useContainerActions() {
  const { t } = useText()
  const { busy, run, runConfirmed } = useActions(storeToRefs(useBusy()).containers)
  const engine = useEngine()
  const announceStart = useStartNotice()

  function act(container: Container, action: ContainerAction): Promise<boolean> {
    const { id, name, startedAt } = container
    const done = (): string | undefined => {
      if (action !== 'start' && action !== 'restart') return t(`containers.done.${action}`, { name })
      void announceStart(container, startedAt, action)
      return undefined
    }
    // Only a start and a restart have a timeline, which begins with this time. The contract ignores it elsewhere.
    const request = { id, sentAt: Date.now() }
    return run(id, () => api.containers[action](request), done)
  }

  /** Returns the text of the question before a removal. The text names the volumes that are removed or kept. */
  function removalText(container: Container): string[] {
    const { deletedVolumes, keptVolumes } = removalOf([container], engine.volumes)
    const line = (key: 'removeVolumes' | 'removeKeeps', names: string[]) =>
      names.length === 0 ? [] : [t(`containers.${key}`, { names: names.join(', ') }, names.length)]
    return [
      t('containers.removeText'),
      ...(isActive(container)
        ? [t(container.state === 'paused' ? 'containers.removePaused' : 'containers.removeRunning')]
        : []),
      ...line('removeVolumes', deletedVolumes.map(shortId)),
      ...line('removeKeeps', keptVolumes),
    ]
  }

  /** Asks the user, then removes the container. Resolves with true if the container was removed. */
  function remove(container: Container): Promise<boolean> {
    const question = {
      title: t('containers.removeTitle', { name: container.name }),
      text: removalText(container),
      command: removeCommand([container.name], { force: isActive(container) }),
      confirm: t('action.remove'),
    }
    return runConfirmed(
      container.id,
      question,
      () => api.containers.remove({ id: container.id, force: isActive(container), volumes: true }),
      () => t('containers.done.remove', { name: container.name }),
    )
  }

  return { busy, act, remove }
}
