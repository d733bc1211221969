import type { DockerAccess } from './docker-cli'
import type { Engine, EngineState } from './engine'
import { type Logger, step } from './host'
import type { Logs } from './logs'
import type { Machine } from './machine'
import type { PortForwarder } from './ports'
import type { SessionList } from './sessions'
import type { SshLink } from './ssh'
import type { Tasks } from './tasks'
import type { Terminals } from './terminals'
import type { Downloads } from './transfers'

export interface MachineFollowers {
  log: Logger
  machine: Machine
  state: EngineState
  ports: PortForwarder
  terminals: Terminals
  logs: Logs
}

/** Follows the engine and opens ports while the machine runs. Does neither after the machine has stopped. */
export function followMachine({ log, machine, state, ports, terminals, logs }: MachineFollowers): void {
  machine.on('state', ({ phase }) => {
    if (phase === 'running') {
      state.start()
      void logs.applyLimit()
    }
    // During a pause, connections stay open and the copy of the engine's state stays valid.
    if (phase === 'running' || phase === 'paused') return
    state.stop()
    void step(log, 'ports', () => ports.closeAll())
    if (phase === 'stopped' || phase === 'failed') {
      terminals.machineStopped()
      logs.machineStopped()
    }
  })
}

export interface MachineUsers {
  state: Pick<EngineState, 'isOnline' | 'containers'>
  sessions: Pick<SessionList, 'list'>
  tasks: Pick<Tasks, 'needMachine'>
  dockerAccess: {
    readonly socket: { readonly activity: Pick<DockerAccess['socket']['activity'], 'working'> }
  }
  engine: Pick<Engine, 'inFlight'>
  link: Pick<SshLink, 'working'>
  downloads: Pick<Downloads, 'open'>
}

/** True if something needs the machine, even if the link is idle for a long time. */
export function isMachineBusy(users: MachineUsers): boolean {
  const { state, sessions, tasks, dockerAccess, engine, link, downloads } = users
  return (
    !state.isOnline ||
    [...state.containers.values()].some(({ state }) => state === 'running' || state === 'restarting') ||
    sessions.list().some(({ ended, target }) => !ended && target?.kind !== 'host') ||
    tasks.needMachine ||
    dockerAccess.socket.activity.working > 0 ||
    engine.inFlight > 0 ||
    link.working > 0 ||
    downloads.open > 0
  )
}
