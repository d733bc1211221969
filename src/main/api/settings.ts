import { checkFolders } from '../mounts/shared-folders'
import { implementer } from './implementer'
import type { ApiServices } from './services'
import { latest } from './streams'

export function settingsRouter(services: Pick<ApiServices, 'configuration' | 'onConfiguration' | 'info'>) {
  const { configuration } = services
  return implementer.settings.router({
    watch: implementer.settings.watch.handler(({ context, signal = context.connection.closed }) =>
      latest(
        () => configuration.state,
        (listener) =>
          services.onConfiguration(() => {
            listener(configuration.state)
          }),
        signal,
      ),
    ),
    update: implementer.settings.update.handler(({ input }) => {
      checkFolders(input.sharedFolders ?? [], services.info.platform)
      return configuration.update(input)
    }),
    apply: implementer.settings.apply.handler(() => configuration.apply()),
    daemonFile: implementer.settings.daemonFile.handler(() => configuration.daemonText()),
    startWithoutDaemonFile: implementer.settings.startWithoutDaemonFile.handler(() =>
      configuration.startWithoutDaemon(),
    ),
  })
}
