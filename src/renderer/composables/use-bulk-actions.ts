import { storeToRefs } from 'pinia'
import { ref } from 'vue'
import { formatBytes } from '../../shared/bytes'
import type { BulkAction, BulkResult } from '../../shared/container-actions'
import type { Container } from '../../shared/containers'
import { containerCommand, removeCommand } from '../../shared/docker-commands/container-commands'
import { BerthError } from '../../shared/errors'
import { shortId } from '../../shared/short-id'
import { api } from '../api'
import { removalOf } from '../lib/container-removal'
import { allowedActions } from '../lib/containers'
import { useBusy } from '../stores/busy'
import { useDialogs, type Question } from '../stores/dialogs'
import { useEngine } from '../stores/engine'
import { useNotifications } from '../stores/notifications'
import { useText } from './use-text'

/** These actions interrupt programs. So Berth asks before it runs them on several containers. */
const interrupting: readonly BulkAction[] = ['stop', 'restart', 'pause']
/** Whether Berth asks before an action on this number of containers. */
function asks(action: BulkAction, count: number): boolean {
  return action === 'remove' || (interrupting.includes(action) && count > 1)
}
/** A notice names at most this many containers. Its details name all of them. */
const namedContainers = 5

/** Returns the containers on which an action has an effect in their current state. */
export function affected(containers: readonly Container[], action: BulkAction): Container[] {
  return containers.filter((container) =>
    action === 'remove' ? container.state !== 'removing' : allowedActions(container)[action],
  )
}

/**
 * Actions on many containers: one question, one call, one notice. `busy` has the ids of the containers with a running
 * action.
 */
export function useBulkActions() {
  const { t, errorText } = useText()
  const engine = useEngine()
  const dialogs = useDialogs()
  const notifications = useNotifications()
  const { containers: busy } = storeToRefs(useBusy())
  const measuring = ref(false)

  function removalText(containers: readonly Container[]): string[] {
    const { killed, deletedVolumes, keptVolumes } = removalOf(containers, engine.volumes)
    const line = (key: string, names: string[]) =>
      names.length === 0 ? [] : [t(`bulk.${key}`, { names: names.join(', ') }, names.length)]
    return [
      t('bulk.removeText', {}, containers.length),
      ...line('removeKilled', killed),
      ...line('removeVolumes', deletedVolumes.map(shortId)),
      ...line('removeKeeps', keptVolumes),
    ]
  }
  function questionOf(action: BulkAction, containers: readonly Container[]): Question | undefined {
    const count = containers.length
    const [first] = containers
    const title = t(`bulk.title.${action}`, { name: first?.name ?? '' }, count)
    const items = containers.map(({ name }) => name)
    const command = containerCommand(action, items)
    if (action === 'remove')
      return { title, text: removalText(containers), items, command, confirm: t('action.remove') }
    return asks(action, count)
      ? { title, text: [t(`bulk.text.${action}`)], items, command, confirm: t(`containers.${action}`) }
      : undefined
  }
  /** Announces what an action did. `done` is the text of the success. */
  function announce(result: BulkResult, names: ReadonlyMap<string, string>, done: string): void {
    const { failures } = result
    if (result.done.length > 0) notifications.success(done)
    const [first] = failures
    if (first === undefined) return
    if (names.size === 1) {
      notifications.failure(BerthError.fromData(first.error))
      return
    }
    const failed = failures.map(({ id }) => names.get(id) ?? shortId(id))
    const shown = failed.slice(0, namedContainers).join(', ')
    const detail = failures
      .map(({ error }, index) => `${failed[index] ?? ''}: ${errorText(BerthError.fromData(error)).what}`)
      .join('\n')
    notifications.failure(
      new BerthError(
        'container.some-failed',
        {
          count: failures.length,
          total: names.size,
          names: failed.length > namedContainers ? `${shown}, …` : shown,
        },
        { detail },
      ),
    )
  }
  async function withBusy(ids: readonly string[], task: () => Promise<void>): Promise<void> {
    busy.value = new Set([...busy.value, ...ids])
    try {
      await task()
    } catch (error) {
      notifications.failure(error)
    } finally {
      const over = new Set(ids)
      busy.value = new Set([...busy.value].filter((id) => !over.has(id)))
    }
  }

  /**
   * Runs an action on the containers on which it has an effect. Asks first if the action interrupts or deletes
   * something. Resolves with false if the user cancels.
   */
  async function run(action: BulkAction, containers: readonly Container[]): Promise<boolean> {
    const chosen = affected(containers, action)
    const question = questionOf(action, chosen)
    if (chosen.length === 0 || (question !== undefined && !(await dialogs.ask(question)))) return false
    const names = new Map(chosen.map(({ id, name }) => [id, name]))
    await withBusy([...names.keys()], async () => {
      const result = await api.containers.bulk({ ids: [...names.keys()], action })
      const [first] = chosen
      const count = result.done.length
      announce(result, names, t(`bulk.done.${action}`, { name: first?.name ?? '' }, count))
    })
    return true
  }
  /** Measures the stopped containers, asks the user, then removes these containers. */
  async function prune(): Promise<void> {
    if (measuring.value) return
    measuring.value = true
    try {
      const stopped = await api.containers.stopped()
      if (stopped.length === 0) {
        notifications.note(t('bulk.pruneNothing'))
        return
      }
      const bytes = stopped.reduce((sum, container) => sum + container.bytes, 0)
      const confirmed = await dialogs.ask({
        title: t('bulk.pruneTitle'),
        text: [t('bulk.pruneText', { bytes: formatBytes(bytes) }, stopped.length), t('bulk.pruneKeeps')],
        items: stopped.map((container) => `${container.name} · ${formatBytes(container.bytes)}`),
        command: removeCommand(
          stopped.map(({ name }) => name),
          { force: false, volumes: false },
        ),
        confirm: t('bulk.prune'),
      })
      if (!confirmed) return
      const names = new Map(stopped.map(({ id, name }) => [id, name]))
      await withBusy([...names.keys()], async () => {
        const result = await api.containers.prune({ ids: [...names.keys()] })
        const freed = formatBytes(result.bytes)
        announce(result, names, t('bulk.pruned', { bytes: freed }, result.done.length))
      })
    } catch (error) {
      notifications.failure(error)
    } finally {
      measuring.value = false
    }
  }

  /** The docker command of an action that asks nothing. */
  function commandOf(action: BulkAction, containers: readonly Container[]): string[] | undefined {
    const names = affected(containers, action).map(({ name }) => name)
    return names.length === 0 || asks(action, names.length) ? undefined : containerCommand(action, names)
  }

  return { busy, measuring, run, prune, commandOf }
}
