import { isExecEvent } from '../../shared/event-limits'
import type { ReportedEvent, ReportedEvents } from '../../shared/events'
import { type ApiServices, implementer } from './implementer'
import { changes } from './streams'

const { events } = implementer

/** How many events a client may be behind. A client that is further behind gets all kept events again. */
const behindLimit = 500

export function eventsRouter(services: Pick<ApiServices, 'events'>) {
  return events.router({
    watch: events.watch.handler(({ input: { exec }, context, signal = context.connection.closed }) =>
      changes<ReportedEvents>({
        snapshot: () => ({ type: 'snapshot', events: services.events.list({ exec }) }),
        subscribe(listener) {
          const added = (event: ReportedEvent) => {
            if (exec || !isExecEvent(event)) listener({ type: 'event', event })
          }
          services.events.on('event', added)
          return () => services.events.off('event', added)
        },
        signal,
        limit: behindLimit,
      }),
    ),
  })
}
