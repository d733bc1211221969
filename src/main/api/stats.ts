import { type ApiServices, implementer } from './implementer'
import { changes } from './streams'

const { stats } = implementer

/** How many measurements a client may be behind. A client that is further behind gets the history again. */
const behindLimit = 5

export function statsRouter(services: Pick<ApiServices, 'stats'>) {
  return stats.router({
    watch: stats.watch.handler(({ input, context, signal = context.connection.closed }) =>
      changes({ ...services.stats.watch(input.id), signal, limit: behindLimit }),
    ),
    processes: stats.processes.handler(({ input, context, signal = context.connection.closed }) =>
      changes({ ...services.stats.watchProcesses(input.id), signal, limit: 0 }),
    ),
    signal: stats.signal.handler(({ input: { signal, ...process } }) =>
      services.stats.signal(process, signal),
    ),
  })
}
