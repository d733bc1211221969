import { refuseInUse } from '../mounts'
import { implementer } from './implementer'
import type { ApiServices } from './services'
import { latest } from './streams'

export function settingsRouter(
  services: Pick<ApiServices, 'configuration' | 'onConfiguration' | 'info' | 'state' | 'mounts'>,
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
    update: implementer.settings.update.handler(async ({ input }) => {
      if (input.sharedFolders) {
        const { platform } = services.info
        await services.mounts.checkFolders(input.sharedFolders)
        const { sharedFolders } = configuration.state.settings
        refuseInUse(sharedFolders, input.sharedFolders, services.state.containers.values(), platform)
      }
      return configuration.update(input)
    }),
    apply: implementer.settings.apply.handler(() => configuration.apply()),
    daemonFile: implementer.settings.daemonFile.handler(() => configuration.daemonText()),
    dismissProblem: implementer.settings.dismissProblem.handler(() => {
      configuration.dismissProblem()
    }),
    startWithoutDaemonFile: implementer.settings.startWithoutDaemonFile.handler(() =>
      configuration.startWithoutDaemon(),
    ),
  })
}
