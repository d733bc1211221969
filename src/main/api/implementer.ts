import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { implement } from '@orpc/server'
import { contract } from '../../shared/contract'
import type { DockerTools } from '../../shared/docker-cli'
import type { ReportedEvent } from '../../shared/events'
import type { MachineState } from '../../shared/machine'
import type { MountsState } from '../../shared/mounts'
import type { PortForward } from '../../shared/ports'
import type { TaskEvent } from '../../shared/tasks'
import type { AppHost, Berth } from '../berth'
import type { Engine, EngineChange } from '../engine'
import type { Emits } from '../lib'

type Part<Service extends keyof Berth, Member extends keyof Berth[Service]> = Pick<Berth[Service], Member>

/** The parts of {@link Berth} that serve the contract. */
export interface ApiServices extends Pick<Berth, 'log' | 'info' | 'sessions' | 'downloads' | 'uploads'> {
  readonly host: Pick<AppHost, 'quit'>
  readonly machine: Part<'machine', 'state' | 'start' | 'stop' | 'useImage' | 'consoleTail'> &
    Emits<'state', [MachineState]>
  readonly maintenance: Part<'maintenance', 'repair' | 'reset' | 'compact'>
  readonly disk: Part<'disk', 'usage' | 'space' | 'reclaim'>
  readonly diagnostics: Part<'diagnostics', 'run' | 'bundle' | 'fix'>
  readonly configuration: Part<
    'configuration',
    'state' | 'update' | 'apply' | 'daemonText' | 'startWithoutDaemon' | 'dismissProblem'
  > &
    Emits<'change'>
  readonly mounts: Part<'mounts', 'state' | 'validateFolders' | 'hostPlace'> & Emits<'change', [MountsState]>
  readonly hostFolders: Part<'hostFolders', 'places' | 'list' | 'create'>
  readonly dockerAccess: Part<'dockerAccess', 'tools' | 'recheck'> & Emits<'change', [DockerTools]>
  readonly logins: Part<'logins', 'list' | 'logIn' | 'logOut'>
  readonly catalogue: Part<'catalogue', 'suggest' | 'forget'>
  readonly state: Part<'state', 'containers' | 'isOnline' | 'snapshot'> & Emits<'change', [EngineChange]>
  readonly events: Part<'events', 'list'> & Emits<'event', [ReportedEvent]>
  readonly engine: {
    readonly containers: Pick<
      Engine['containers'],
      'details' | 'inspect' | 'logs' | 'attach' | 'stopped' | 'export'
    >
    readonly images: Pick<Engine['images'], 'tag' | 'remove' | 'removeAll' | 'details' | 'prune'>
    readonly volumes: Pick<Engine['volumes'], 'create' | 'remove' | 'prune' | 'sizes'>
  }
  readonly containers: Part<
    'containers',
    'run' | 'start' | 'restart' | 'stop' | 'kill' | 'pause' | 'unpause' | 'rename' | 'commit' | 'remove'
  >
  readonly networks: Part<'networks', 'create' | 'remove' | 'prune' | 'connect' | 'disconnect'>
  readonly reach: Part<'reach', 'try'>
  readonly files: Part<
    'files',
    'list' | 'watch' | 'read' | 'download' | 'upload' | 'makeFolder' | 'rename' | 'remove'
  >
  readonly volumeContents: Part<'volumeContents', 'clone' | 'empty'>
  readonly backups: Part<
    'backups',
    | 'current'
    | 'create'
    | 'open'
    | 'remove'
    | 'checkTarget'
    | 'restore'
    | 'restoreUpload'
    | 'setSchedule'
    | 'removeSchedule'
  > &
    Emits<'change'>
  readonly changes: Part<
    'changes',
    'run' | 'editable' | 'preview' | 'edit' | 'updateState' | 'update' | 'moveState' | 'move'
  >
  readonly images: Part<'images', 'ensureBase' | 'pull' | 'push' | 'load' | 'import' | 'save' | 'content'>
  readonly bulkActions: Part<'bulkActions', 'run' | 'prune'>
  readonly containerGroups: Part<'containerGroups', 'current' | 'pin' | 'move' | 'rename' | 'remove'> &
    Emits<'change'>
  readonly ports: Part<'ports', 'forwards' | 'retry'> & Emits<'change', [PortForward[]]>
  readonly lanPorts: Part<'lanPorts', 'set'>
  readonly stack: Part<'stack', 'watch'>
  readonly requestPaths: Part<'requestPaths', 'find'>
  readonly comparison: Part<'comparison', 'start'>
  readonly stats: Part<'stats', 'watch' | 'watchProcesses' | 'signal' | 'windowOpened'>
  readonly isolation: Part<
    'isolation',
    'watch' | 'process' | 'refusals' | 'layers' | 'path' | 'changes' | 'limits' | 'setLimits'
  >
  readonly imageLayers: Part<'imageLayers', 'list' | 'folder' | 'waste' | 'find' | 'compare'>
  readonly hints: Part<'hints', 'watch' | 'dismiss' | 'mend'>
  readonly builds: Part<
    'builds',
    'list' | 'refresh' | 'start' | 'forecast' | 'find' | 'attach' | 'output' | 'cancel'
  > &
    Emits<'change'>
  readonly projectFiles: Part<'projectFiles', 'list' | 'read' | 'save' | 'watch'>
  readonly compose: Part<'compose', 'open' | 'configure' | 'forget' | 'check' | 'run'> & {
    readonly projects: Pick<Berth['compose']['projects'], 'all'> & Emits<'change'>
  }
  readonly learn: Part<
    'learn',
    'current' | 'open' | 'skip' | 'again' | 'useFolder' | 'ask' | 'cleanUp' | 'startOver'
  > &
    Emits<'change'>
  readonly logs: Part<'logs', 'open' | 'view' | 'text'> & {
    readonly kept: Pick<Berth['logs']['kept'], 'list' | 'clear'>
  }
  readonly terminals: Part<'terminals', 'open' | 'offers'>
  readonly timelines: Part<'timelines', 'ofContainer' | 'ofProject' | 'find'> & Emits<'change'>
  readonly tasks: Part<'tasks', 'list' | 'cancel' | 'dismiss' | 'dismissEnded' | 'readLog'> &
    Emits<'change', [TaskEvent]>
}

/**
 * The connection of one client: an Electron window, or a page of the headless host. The client's uploads end with the
 * connection. Its sessions may outlive the connection (see `SessionList`).
 */
export class Connection {
  readonly id = randomUUID()
  readonly #closing = new AbortController()

  constructor() {
    // Every session and upload of the connection adds a listener.
    setMaxListeners(0, this.closed)
  }

  /** Aborts when the connection closes. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  onClose(listener: () => void): void {
    this.closed.addEventListener(
      'abort',
      () => {
        listener()
      },
      { once: true },
    )
  }

  close(): void {
    this.#closing.abort()
  }
}

export interface ApiContext {
  connection: Connection
}

/** Builds the router of each area of the contract. */
export const implementer = implement(contract).$context<ApiContext>()
