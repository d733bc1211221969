import { implementer } from './implementer'
import type { ApiServices } from './services'

export function sessionsRouter({ sessions }: Pick<ApiServices, 'sessions'>) {
  return implementer.sessions.router({
    list: implementer.sessions.list.handler(() => sessions.list()),
    attach: implementer.sessions.attach.handler(({ input, context, signal = context.connection.closed }) =>
      sessions.attach(input.sessionId, input.viewId, context.connection, signal),
    ),
    acknowledge: implementer.sessions.acknowledge.handler(({ input }) => {
      sessions.get(input.sessionId).acknowledge(input.viewId, input.units)
    }),
    close: implementer.sessions.close.handler(({ input }) => sessions.close(input.sessionId)),
  })
}
