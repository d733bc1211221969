import { BerthError } from '../../shared/errors'
import { flowControl } from '../../shared/flow-control'
import type { SessionEvent } from '../../shared/sessions'
import { api, connection } from './client'
import { isAborted, toBerthError } from './errors'

export interface SessionView {
  /** Shows an event. The service limits how many events it sends before the view has rendered them. */
  render: (event: Exclude<SessionEvent, { type: 'ended' }>) => Promise<void> | void
  /** Clears the view, because the service is going to send the events in its replay buffer again. */
  restart: () => void
  ended: (end: { exitCode: number | null; error: BerthError | null }) => void
}

/** Counts the rendered units and acknowledges them in batches of at least `flowControl.ack`. */
function acknowledger(sessionId: string, viewId: string) {
  let units = 0
  return async (cost: number): Promise<void> => {
    units += cost
    if (units < flowControl.ack) return
    const portion = units
    units = 0
    await api.sessions.acknowledge({ sessionId, viewId, units: portion })
  }
}

/** Attaches the view once. Returns true if the session ended, and false if only the stream of events ended. */
async function follow(sessionId: string, view: SessionView, signal: AbortSignal): Promise<boolean> {
  const viewId = crypto.randomUUID()
  const acknowledge = acknowledger(sessionId, viewId)
  for await (const event of await api.sessions.attach({ sessionId, viewId }, { signal })) {
    if (event.type === 'ended') {
      view.ended({
        exitCode: event.exitCode,
        error: event.error === null ? null : BerthError.fromData(event.error),
      })
      return true
    }
    await view.render(event)
    await acknowledge(event.cost)
  }
  return false
}

/**
 * Shows a session in a view until the session ends or `signal` is aborted. If the connection is lost, this function
 * restarts the view and attaches it again.
 */
export async function attachSession(
  sessionId: string,
  view: SessionView,
  signal: AbortSignal,
): Promise<void> {
  while (!isAborted(signal)) {
    await connection.whenOpen(signal)
    if (isAborted(signal)) return
    try {
      if (await follow(sessionId, view, signal)) return
    } catch (error) {
      if (isAborted(signal)) return
      if (connection.status === 'open') {
        view.ended({ exitCode: null, error: toBerthError(error) })
        return
      }
    }
    view.restart()
  }
}
