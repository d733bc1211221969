import type { Container } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { EngineChange, EngineState } from '../engine'
import { abortReason, type Emits } from '../lib'

/** A new container without a health check must run for this time. Then Berth trusts it. In milliseconds. */
export const settleMs = 3000

export interface WatchOptions {
  id: string
  state: Pick<EngineState, 'containers'> & Emits<'change', [EngineChange]>
  signal: AbortSignal
  settleMs?: number
}

/**
 * Resolves when a container that has just started is healthy. Without a health check, resolves when the container has
 * run for a moment.
 * @throws BerthError container.ended-early, container.unhealthy; machine.connection-lost if the engine cannot be
 * reached; the signal's reason after an abort
 */
export async function untilItWorks(options: WatchOptions): Promise<void> {
  const { id, state, signal } = options
  const startedAt = state.containers.get(id)?.startedAt
  let timer: NodeJS.Timeout | undefined
  let unsubscribe = (): void => undefined
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const container = state.containers.get(id)
        const failure = failureOf(id, container, startedAt)
        if (failure !== undefined) reject(failure)
        else if (container?.health === 'healthy') resolve()
        else if (container?.health === null) timer ??= setTimeout(resolve, options.settleMs ?? settleMs)
      }
      const changed = (change: EngineChange): void => {
        if (change.type === 'offline') reject(new BerthError('machine.connection-lost'))
        else look()
      }
      const abort = (): void => {
        reject(abortReason(signal))
      }
      state.on('change', changed)
      signal.addEventListener('abort', abort)
      unsubscribe = () => {
        state.off('change', changed)
        signal.removeEventListener('abort', abort)
      }
      if (signal.aborted) abort()
      else look()
    })
  } finally {
    clearTimeout(timer)
    unsubscribe()
  }
}

function failureOf(
  id: string,
  container: Container | undefined,
  startedAt: number | null | undefined,
): BerthError | undefined {
  const name = container?.name ?? id.slice(0, 12)
  if (container?.health === 'unhealthy') return new BerthError('container.unhealthy', { container: name })
  const isUp = container?.state === 'running' || container?.state === 'paused'
  if (container !== undefined && isUp && container.startedAt === startedAt) return undefined
  return new BerthError('container.ended-early', { container: name, code: container?.exitCode ?? '–' })
}
