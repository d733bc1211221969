import { appRouter } from './app'
import { containersRouter } from './containers'
import { diagnosticsRouter } from './diagnostics'
import { diskRouter } from './disk'
import { dockerRouter } from './docker'
import { engineRouter } from './engine'
import { implementer } from './implementer'
import { imagesRouter } from './images'
import { machineRouter } from './machine'
import { mountsRouter } from './mounts'
import { portsRouter } from './ports'
import type { ApiServices } from './services'
import { registriesRouter } from './registries'
import { sessionsRouter } from './sessions'
import { settingsRouter } from './settings'
import { terminalsRouter } from './terminals'
import { volumesRouter } from './volumes'
import type { Logger } from '../host'

/** The contract, implemented. Both carriers serve it. */
export interface Api {
  readonly router: ReturnType<typeof createRouter>
  readonly log: Logger
}

export function createApi(services: ApiServices): Api {
  return { router: createRouter(services), log: services.log }
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
  })
}
