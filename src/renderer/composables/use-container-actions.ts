import type { Container } from '../../shared/containers'
import { api } from '../api'
import { shortId } from '../lib/ids'
import { useEngine } from '../stores/engine'
import { useNotifications } from '../stores/notifications'
import { useBusy } from './use-busy'
import { useConfirm } from './use-confirm'
import { useText } from './use-text'

export type ContainerAction = 'start' | 'stop' | 'kill' | 'restart'

/** Which actions a container's state allows. */
export function allowedActions({ state }: Container): Record<ContainerAction, boolean> {
  const up = state === 'running' || state === 'restarting' || state === 'paused'
  return {
    start: state === 'created' || state === 'exited',
    stop: up,
    kill: up,
    restart: up || state === 'exited',
  }
}

/** Starts, stops, kills, restarts and removes containers; successes pass by, failures stay on the page. */
export function useContainerActions() {
  const { t } = useText()
  const { ask } = useConfirm()
  const { busy, run } = useBusy()
  const notifications = useNotifications()
  const engine = useEngine()

  function act(container: Container, action: ContainerAction): Promise<void> {
    return run(container.id, async () => {
      await api.containers[action]({ id: container.id })
      notifications.success(t(`containers.done.${action}`, { name: container.name }))
    })
  }

  /** What the question before a removal has to name. */
  function removalText(container: Container): string[] {
    const volumes = container.mounts.filter(({ type }) => type === 'volume').map(({ source }) => source)
    const anonymous = volumes.filter((name) => engine.volumes.get(name)?.anonymous === true)
    const named = volumes.filter((name) => !anonymous.includes(name))
    return [
      t('containers.removeText'),
      ...(container.state === 'running' ? [t('containers.removeRunning')] : []),
      ...(anonymous.length > 0
        ? [t('containers.removeVolumes', { names: anonymous.map(shortId).join(', ') }, anonymous.length)]
        : []),
      ...(named.length > 0 ? [t('containers.removeKeeps', { names: named.join(', ') }, named.length)] : []),
    ]
  }

  /** Asks, then removes; true when the container is gone. */
  async function remove(container: Container): Promise<boolean> {
    const confirmed = await ask({
      title: t('containers.removeTitle', { name: container.name }),
      text: removalText(container),
      confirm: t('action.remove'),
    })
    if (!confirmed) return false
    let removed = false
    await run(container.id, async () => {
      await api.containers.remove({ id: container.id, force: container.state === 'running', volumes: true })
      removed = true
      notifications.success(t('containers.done.remove', { name: container.name }))
    })
    return removed
  }

  return { busy, act, remove }
}
