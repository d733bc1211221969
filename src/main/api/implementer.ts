import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { implement } from '@orpc/server'
import { contract } from '../../shared/contract'
import type { DockerTools } from '../../shared/docker-cli'
import type { MachineState } from '../../shared/machine'
import type { MountsState } from '../../shared/mounts'
import type { PortForward } from '../../shared/ports'
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
  readonly disk: Part<'disk', 'usage' | 'reclaim'>
  readonly diagnostics: Part<'diagnostics', 'run' | 'bundle' | 'fix'>
  readonly configuration: Part<
    'configuration',
    'state' | 'update' | 'apply' | 'daemonText' | 'startWithoutDaemon' | 'dismissProblem'
  > &
    Emits<'change'>
  readonly mounts: Part<'mounts', 'state' | 'validateFolders'> & Emits<'change', [MountsState]>
  readonly dockerAccess: Part<'dockerAccess', 'tools' | 'recheck'> & Emits<'change', [DockerTools]>
  readonly logins: Part<'logins', 'forImage' | 'list' | 'logIn' | 'logOut'>
  readonly state: Part<'state', 'containers' | 'isOnline' | 'snapshot'> & Emits<'change', [EngineChange]>
  readonly engine: {
    readonly containers: Pick<Engine['containers'], 'inspect' | 'logs'>
    readonly images: Pick<Engine['images'], 'pull' | 'remove' | 'import'>
    readonly volumes: Pick<Engine['volumes'], 'create' | 'remove' | 'prune'>
  }
  readonly containers: Part<
    'containers',
    'run' | 'start' | 'restart' | 'stop' | 'kill' | 'pause' | 'unpause' | 'remove'
  >
  readonly ports: Part<'ports', 'forwards' | 'retry'> & Emits<'change', [PortForward[]]>
  readonly lanPorts: Part<'lanPorts', 'set'>
  readonly terminals: Part<'terminals', 'open'>
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
