import { implementer } from './implementer'
import type { ApiServices } from './services'

export function terminalsRouter(services: Pick<ApiServices, 'openTerminal' | 'sessions'>) {
  const { sessions } = services
  return implementer.terminals.router({
    open: implementer.terminals.open.handler(async ({ input: { target, size }, context }) => {
      const { title, source } = await services.openTerminal(target, size)
      return sessions.open({ kind: 'terminal', title, target, source }, context.connection).info
    }),
    write: implementer.terminals.write.handler(({ input }) => {
      sessions.get(input.sessionId).terminal.write(input.text)
    }),
    resize: implementer.terminals.resize.handler(({ input }) =>
      sessions.get(input.sessionId).terminal.resize(input.size),
    ),
  })
}
