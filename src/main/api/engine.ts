import { implementer } from './implementer'
import type { ApiServices } from './services'
import { changes } from './streams'

export function engineRouter(services: Pick<ApiServices, 'engineSnapshot' | 'onEngineEvent'>) {
  return implementer.engine.router({
    watch: implementer.engine.watch.handler(({ context, signal = context.connection.closed }) =>
      changes({
        snapshot: () => services.engineSnapshot(),
        subscribe: (listener) => services.onEngineEvent(listener),
        signal,
      }),
    ),
  })
}
