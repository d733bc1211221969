import type { Logger } from '../host'
import type { Downloads } from '../transfers'
import { containersRouter } from './containers'
import { engineRouter, portsRouter, volumesRouter } from './engine'
import { imagesRouter } from './images'
import { type ApiServices, implementer } from './implementer'
import { appRouter, diagnosticsRouter, diskRouter, machineRouter } from './machine'
import { sessionsRouter, terminalsRouter, uploadsRouter } from './sessions'
import { dockerRouter, mountsRouter, registriesRouter, settingsRouter } from './settings'

/** The implementation of the contract. MessagePort and WebSocket serve the same router. */
export interface Api {
  readonly router: ReturnType<typeof createRouter>
  readonly log: Logger
  /** The app hosts serve these downloads over HTTP. */
  readonly downloads: Pick<Downloads, 'take'>
}

export function createApi(services: ApiServices): Api {
  return { router: createRouter(services), log: services.log, downloads: services.downloads }
}

function createRouter(services: ApiServices) {
  return implementer.router({
    app: appRouter(services),
    machine: machineRouter(services),
    settings: settingsRouter(services),
    docker: dockerRouter(services),
    mounts: mountsRouter(services),
    registries: registriesRouter(services),
    engine: engineRouter(services),
    containers: containersRouter(services),
    images: imagesRouter(services),
    volumes: volumesRouter(services),
    ports: portsRouter(services),
    disk: diskRouter(services),
    diagnostics: diagnosticsRouter(services),
    terminals: terminalsRouter(services),
    sessions: sessionsRouter(services),
    uploads: uploadsRouter(services),
  })
}
