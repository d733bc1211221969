import { refuseInUse } from '../mounts/folders-in-use'
import { checkFolders } from '../mounts/shared-folders'
import { implementer } from './implementer'
import type { ApiServices } from './services'
import { latest } from './streams'

export function settingsRouter(
  services: Pick<ApiServices, 'configuration' | 'onConfiguration' | 'info' | 'state'>,
) {
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
      if (input.sharedFolders) {
        const { platform } = services.info
        checkFolders(input.sharedFolders, platform)
        const { sharedFolders } = configuration.state.settings
        refuseInUse(sharedFolders, input.sharedFolders, services.state.containers.values(), platform)
      }
      return configuration.update(input)
    }),
    apply: implementer.settings.apply.handler(() => configuration.apply()),
    daemonFile: implementer.settings.daemonFile.handler(() => configuration.daemonText()),
    startWithoutDaemonFile: implementer.settings.startWithoutDaemonFile.handler(() =>
      configuration.startWithoutDaemon(),
    ),
  })
}
