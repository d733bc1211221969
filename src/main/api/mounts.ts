import { implementer } from './implementer'
import type { ApiServices } from './services'
import { latest } from './streams'

export function mountsRouter(services: Pick<ApiServices, 'mounts' | 'onMounts'>) {
  return implementer.mounts.router({
    watch: implementer.mounts.watch.handler(({ context, signal = context.connection.closed }) =>
      latest(
        () => services.mounts.state,
        (listener) => services.onMounts(listener),
        signal,
      ),
    ),
  })
}
