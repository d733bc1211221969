import { isActive, type Container } from '../../shared/containers'
import { api } from '../api'
import { shortId, type ContainerAction } from '../lib/containers'
import { useEngine } from '../stores/engine'
import { useActions } from './use-actions'
import { useText } from './use-text'

/** Runs the actions of containers, and removes containers. `busy` holds their ids. */
export function useContainerActions() {
  const { t } = useText()
  const { busy, run, runConfirmed } = useActions()
  const engine = useEngine()

  function act(container: Container, action: ContainerAction): Promise<boolean> {
    return run(
      container.id,
      () => api.containers[action]({ id: container.id }),
      () => t(`containers.done.${action}`, { name: container.name }),
    )
  }

  /** The text of the question before a removal, which names the volumes. */
  function removalText(container: Container): string[] {
    const volumes = container.mounts.filter(({ type }) => type === 'volume').map(({ source }) => source)
    const anonymous = volumes.filter((name) => engine.volumes.get(name)?.anonymous === true)
    const named = volumes.filter((name) => !anonymous.includes(name))
    return [
      t('containers.removeText'),
      ...(isActive(container)
        ? [t(container.state === 'paused' ? 'containers.removePaused' : 'containers.removeRunning')]
        : []),
      ...(anonymous.length > 0
        ? [t('containers.removeVolumes', { names: anonymous.map(shortId).join(', ') }, anonymous.length)]
        : []),
      ...(named.length > 0 ? [t('containers.removeKeeps', { names: named.join(', ') }, named.length)] : []),
    ]
  }

  /** Asks first. Resolves with true once the container is removed. */
  function remove(container: Container): Promise<boolean> {
    const question = {
      title: t('containers.removeTitle', { name: container.name }),
      text: removalText(container),
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
