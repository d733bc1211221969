import type { Logger } from '../host'
import type { Downloads } from '../transfers'
import { backupsRouter } from './backups'
import { buildsRouter } from './builds'
import { changesRouter } from './changes'
import { composeRouter } from './compose'
import { containerGroupsRouter } from './container-groups'
import { projectFilesRouter } from './project-files'
import { containersRouter } from './containers'
import { engineRouter, portsRouter } from './engine'
import { eventsRouter } from './events'
import { filesRouter } from './files'
import { hintsRouter } from './hints'
import { hostFoldersRouter } from './host-folders'
import { imageLayersRouter } from './image-layers'
import { imagesRouter } from './images'
import { type ApiServices, implementer } from './implementer'
import { isolationRouter } from './isolation'
import { learnRouter } from './learn'
import { logsRouter } from './logs'
import { appRouter, diagnosticsRouter, diskRouter, machineRouter } from './machine'
import { networksRouter } from './networks'
import { sessionsRouter, terminalsRouter, uploadsRouter } from './sessions'
import { dockerRouter, mountsRouter, registriesRouter, settingsRouter } from './settings'
import { stackRouter } from './stack'
import { statsRouter } from './stats'
import { tasksRouter } from './tasks'
import { timelinesRouter } from './timelines'
import { UnsavedTexts } from './unsaved-texts'
import { volumesRouter } from './volumes'

/** The implementation of the contract. MessagePort and WebSocket serve the same router. */
export interface Api {
  readonly router: ReturnType<typeof createRouter>
  readonly log: Logger
  /** The app hosts serve these downloads over HTTP. */
  readonly downloads: Pick<Downloads, 'take'>
  /** The app hosts ask about these texts before they quit. */
  readonly unsaved: Pick<UnsavedTexts, 'names'>
  /** Call this when a client connects. `closed` aborts when the connection closes. */
  readonly clientConnected: (closed: AbortSignal) => void
}

export function createApi(services: ApiServices): Api {
  const unsaved = new UnsavedTexts()
  return {
    router: createRouter(services, unsaved),
    unsaved,
    log: services.log,
    downloads: services.downloads,
    clientConnected: (closed) => {
      services.stats.windowOpened(closed)
    },
  }
}

function createRouter(services: ApiServices, unsaved: UnsavedTexts) {
  return implementer.router({
    app: appRouter(services, unsaved),
    machine: machineRouter(services),
    settings: settingsRouter(services),
    docker: dockerRouter(services),
    mounts: mountsRouter(services),
    hostFolders: hostFoldersRouter(services),
    registries: registriesRouter(services),
    engine: engineRouter(services),
    events: eventsRouter(services),
    containers: containersRouter(services),
    stack: stackRouter(services),
    stats: statsRouter(services),
    isolation: isolationRouter(services),
    hints: hintsRouter(services),
    changes: changesRouter(services),
    containerGroups: containerGroupsRouter(services),
    images: imagesRouter(services),
    learn: learnRouter(services),
    imageLayers: imageLayersRouter(services),
    logs: logsRouter(services),
    builds: buildsRouter(services),
    projectFiles: projectFilesRouter(services),
    compose: composeRouter(services),
    volumes: volumesRouter(services),
    backups: backupsRouter(services),
    networks: networksRouter(services),
    files: filesRouter(services),
    ports: portsRouter(services),
    disk: diskRouter(services),
    diagnostics: diagnosticsRouter(services),
    terminals: terminalsRouter(services),
    sessions: sessionsRouter(services),
    uploads: uploadsRouter(services),
    tasks: tasksRouter(services),
    timelines: timelinesRouter(services),
  })
}
