import { implementer } from './implementer'
import type { ApiServices } from './services'
import { latest } from './streams'

export function settingsRouter(services: Pick<ApiServices, 'settings' | 'onSettings'>) {
  const { settings } = services
  return implementer.settings.router({
    watch: implementer.settings.watch.handler(({ context, signal = context.connection.closed }) =>
      latest(
        () => settings.state,
        (listener) =>
          services.onSettings(() => {
            listener(settings.state)
          }),
        signal,
      ),
    ),
    update: implementer.settings.update.handler(({ input }) => settings.update(input)),
  })
}
