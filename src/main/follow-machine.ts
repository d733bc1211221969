import type { DockerAccess } from './docker-cli'
import type { Engine, EngineState } from './engine'
import { type Logger, step } from './host'
import type { Machine } from './machine'
import type { PortForwarder } from './ports'
import type { SessionList } from './sessions'
import type { Terminals } from './terminals'

export interface MachineFollowers {
  log: Logger
  machine: Machine
  state: EngineState
  ports: PortForwarder
  terminals: Terminals
}

/** Follows the engine and opens ports while the machine runs. Does neither after the machine has stopped. */
export function followMachine({ log, machine, state, ports, terminals }: MachineFollowers): void {
  machine.on('state', ({ phase }) => {
    if (phase === 'running') state.start()
    // During a pause, connections stay open and the copy of the engine's state stays valid.
    if (phase === 'running' || phase === 'paused') return
    state.stop()
    void step(log, 'ports', () => ports.closeAll())
    if (phase === 'stopped' || phase === 'failed') terminals.machineStopped()
  })
}

export interface MachineUsers {
  state: EngineState
  sessions: SessionList
  dockerAccess: DockerAccess
  engine: Engine
}

/** True if something needs the machine, even if the link is idle for a long time. */
export function isMachineBusy({ state, sessions, dockerAccess, engine }: MachineUsers): boolean {
  return (
    !state.isOnline ||
    [...state.containers.values()].some(({ state }) => state === 'running' || state === 'restarting') ||
    sessions.list().some(({ ended, target }) => !ended && target?.kind !== 'host') ||
    dockerAccess.socket.activity.working > 0 ||
    engine.inFlight > 0
  )
}
