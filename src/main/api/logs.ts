import { type ApiServices, implementer } from './implementer'

const { logs } = implementer

export function logsRouter({ logs: service, downloads }: ApiServices) {
  return logs.router({
    open: logs.open.handler(({ input, context, signal = context.connection.closed }) =>
      service.open(input.names, signal),
    ),
    read: logs.read.handler(({ input: { viewId, direction, ...options } }) =>
      service.view(viewId).read(direction, options),
    ),
    seek: logs.seek.handler(async ({ input: { viewId, to } }) => {
      const { reader } = service.view(viewId)
      return { positions: await ('time' in to ? reader.seekTime(to.time) : reader.seekPart(to.part)) }
    }),
    search: logs.search.handler(
      ({ input: { viewId, search, ...options }, context, signal = context.connection.closed }) =>
        service.view(viewId).reader.search(search, { ...options, signal }),
    ),
    download: logs.download.handler(({ input, context }) =>
      downloads.offer(context.connection, {
        name: `${input.names.length === 1 ? (input.names[0] ?? 'log') : 'logs'}.log`,
        open: (signal) => service.text(input, signal),
      }),
    ),
    kept: logs.kept.handler(() => service.kept.list()),
    clearKept: logs.clearKept.handler(() => service.kept.clear()),
  })
}
