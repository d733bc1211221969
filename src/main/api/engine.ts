import type { EngineEvent } from '../../shared/engine'
import type { PortForward } from '../../shared/ports'
import type { EngineChange, EngineSnapshot } from '../engine'
import { networkAddresses } from '../ports'
import { type ApiServices, implementer } from './implementer'
import { changes } from './streams'

const { engine, ports } = implementer

export function engineRouter(services: EngineServices) {
  return engine.router({
    watch: engine.watch.handler(({ context, signal = context.connection.closed }) =>
      changes({ ...engineEvents(services), signal }),
    ),
  })
}

type EngineServices = Pick<ApiServices, 'state' | 'ports'>

/** Combines the engine state with the open ports of the containers, in the form of the contract. */
export function engineEvents({ state, ports }: EngineServices) {
  const withForwards = (snapshot: EngineSnapshot): EngineEvent => ({ ...snapshot, forwards: ports.forwards })
  return {
    snapshot(): EngineEvent {
      const snapshot = state.snapshot()
      return snapshot === undefined ? { type: 'offline' } : withForwards(snapshot)
    },
    subscribe(listener: (event: EngineEvent) => void): () => void {
      const stateChanged = (change: EngineChange) => {
        listener(change.type === 'snapshot' ? withForwards(change) : change)
      }
      const portsChanged = (forwards: PortForward[]) => {
        // While the engine is offline, Berth sends nothing: the next snapshot will contain the forwards.
        if (state.isOnline) listener({ type: 'forwards', forwards })
      }
      state.on('change', stateChanged)
      ports.on('change', portsChanged)
      return () => {
        state.off('change', stateChanged)
        ports.off('change', portsChanged)
      }
    },
  }
}

export function portsRouter({ lanPorts, ...services }: ApiServices) {
  return ports.router({
    retry: ports.retry.handler(() => services.ports.retry()),
    setNetwork: ports.setNetwork.handler(({ input: { open, ...port } }) => lanPorts.set(port, open)),
    networkAddresses: ports.networkAddresses.handler(() => networkAddresses()),
  })
}
