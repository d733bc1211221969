import { implementer } from './implementer'
import type { ApiServices } from './services'

export function appRouter(services: Pick<ApiServices, 'info' | 'quit'>) {
  return implementer.app.router({
    info: implementer.app.info.handler(() => services.info),
    quit: implementer.app.quit.handler(() => {
      // After the answer is on its way: quitting closes the connection.
      setImmediate(() => {
        services.quit()
      })
    }),
  })
}
