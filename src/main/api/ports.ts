import { networkAddresses } from '../ports'
import { implementer } from './implementer'
import type { ApiServices } from './services'

export function portsRouter(services: Pick<ApiServices, 'ports' | 'networkPorts'>) {
  return implementer.ports.router({
    retry: implementer.ports.retry.handler(() => services.ports.retry()),
    setNetwork: implementer.ports.setNetwork.handler(({ input: { open, ...port } }) =>
      services.networkPorts.set(port, open),
    ),
    networkAddresses: implementer.ports.networkAddresses.handler(() => networkAddresses()),
  })
}
