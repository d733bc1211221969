import pLimit from 'p-limit'
import type { BulkAction, BulkResult, ContainerPrune } from '../../shared/container-actions'
import { BerthError } from '../../shared/errors'
import type { Engine } from '../engine'
import type { ContainerActions } from './container-actions'

export interface BulkActionsOptions {
  actions: Pick<ContainerActions, 'start' | 'stop' | 'restart' | 'pause' | 'unpause' | 'remove'>
  engine: { readonly containers: Pick<Engine['containers'], 'stopped'> }
}

/**
 * How many containers an action changes at a time. A stop mostly waits for the container, so as many run as in
 * `docker stop`. A start keeps a processor of the machine busy, so more of them would only delay each other.
 */
const parallel: Record<BulkAction, number> = {
  start: 8,
  stop: 50,
  restart: 25,
  pause: 16,
  unpause: 16,
  remove: 16,
}

/** Actions on many containers. A failure is reported for its container, and does not stop the others. */
export class BulkActions {
  readonly #options: BulkActionsOptions

  constructor(options: BulkActionsOptions) {
    this.#options = options
  }

  /** Runs an action on each container once. Never rejects. */
  run(action: BulkAction, ids: readonly string[]): Promise<BulkResult> {
    const { actions } = this.#options
    if (action === 'remove')
      return this.#each(ids, parallel.remove, async (id) => {
        try {
          await actions.remove(id, { force: true, volumes: true })
        } catch (error) {
          if (!(error instanceof BerthError && error.code === 'container.not-found')) throw error
        }
      })
    return this.#each(ids, parallel[action], (id) => actions[action](id))
  }

  /**
   * Removes stopped containers, and keeps their volumes. A container that runs again stays, and is reported.
   * @throws BerthError as `Containers.stopped`
   */
  async prune(ids: readonly string[]): Promise<ContainerPrune> {
    const { actions, engine } = this.#options
    const sizes = new Map((await engine.containers.stopped()).map(({ id, bytes }) => [id, bytes]))
    const result = await this.#each(ids, parallel.remove, (id) =>
      actions.remove(id, { force: false, volumes: false }),
    )
    return { ...result, bytes: result.done.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0) }
  }

  async #each(
    ids: readonly string[],
    limit: number,
    act: (id: string) => Promise<void>,
  ): Promise<BulkResult> {
    const result: BulkResult = { done: [], failures: [] }
    await pLimit(limit).map(new Set(ids), async (id) => {
      try {
        await act(id)
        result.done.push(id)
      } catch (error) {
        result.failures.push({ id, error: BerthError.from(error).toData() })
      }
    })
    return result
  }
}
