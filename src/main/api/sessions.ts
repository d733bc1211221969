import { type ApiServices, implementer } from './implementer'
import { watching } from './streams'

const { sessions, terminals, uploads } = implementer

export function sessionsRouter(services: ApiServices) {
  return sessions.router({
    list: sessions.list.handler(() => services.sessions.list()),
    watch: sessions.watch.handler(watching(services.sessions, 'change', () => services.sessions.list())),
    keep: sessions.keep.handler(({ input, context }) => {
      services.sessions.keep(input.sessionId, context.connection)
    }),
    attach: sessions.attach.handler(({ input, context, signal = context.connection.closed }) =>
      services.sessions.attach(input.sessionId, input.viewId, context.connection, signal),
    ),
    acknowledge: sessions.acknowledge.handler(({ input }) => {
      services.sessions.get(input.sessionId).acknowledge(input.viewId, input.units)
    }),
    close: sessions.close.handler(({ input }) => services.sessions.close(input.sessionId)),
  })
}

export function terminalsRouter({ terminals: shells, ...services }: ApiServices) {
  return terminals.router({
    open: terminals.open.handler(async ({ input: { target, size }, context }) => {
      const { title, source } = await shells.open(target, size)
      return services.sessions.open({ kind: 'terminal', title, target, source }, context.connection).info
    }),
    write: terminals.write.handler(({ input }) => {
      services.sessions.get(input.sessionId).terminal.write(input.text)
    }),
    resize: terminals.resize.handler(({ input }) =>
      services.sessions.get(input.sessionId).terminal.resize(input.size),
    ),
    offers: terminals.offers.handler(({ input }) => shells.offers(input.containerId)),
    program: terminals.program.handler(async ({ input }) => ({
      name: (await services.sessions.get(input.sessionId).terminal.program()) ?? null,
    })),
  })
}

export function uploadsRouter({ uploads: open }: ApiServices) {
  return uploads.router({
    piece: uploads.piece.handler(({ input, context }) =>
      open.piece(context.connection, input.uploadId, input.piece),
    ),
    finish: uploads.finish.handler(({ input, context }) => open.finish(context.connection, input.uploadId)),
    abort: uploads.abort.handler(({ input, context }) => {
      open.abort(context.connection, input.uploadId)
    }),
  })
}
