import { implementer } from './implementer'
import type { ApiServices } from './services'
import { latest } from './streams'

export function dockerRouter(services: Pick<ApiServices, 'dockerHost' | 'onDockerTools'>) {
  return implementer.docker.router({
    watch: implementer.docker.watch.handler(({ context, signal = context.connection.closed }) =>
      latest(
        () => services.dockerHost.tools,
        (listener) => services.onDockerTools(listener),
        signal,
      ),
    ),
    recheck: implementer.docker.recheck.handler(() => services.dockerHost.recheck()),
  })
}
