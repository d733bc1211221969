import { z } from 'zod'
import { protocols, type PortBinding } from '../../shared/ports'
import { EngineResponseError, type EngineClient } from './client'
import { withEngineErrors } from './engine-errors'

/** The part of GET /services about ports. Each field may be missing if a swarm service has no ports. */
const servicesSchema = z.array(
  z.object({
    ID: z.string(),
    Endpoint: z
      .object({
        Ports: z
          .array(
            z.object({
              Protocol: z.enum(protocols),
              TargetPort: z.number(),
              PublishedPort: z.number().optional(),
              PublishMode: z.string().optional(),
            }),
          )
          .nullish(),
      })
      .nullish(),
  }),
)

/** The ports of a swarm service. The swarm itself publishes them, and not the containers of the swarm service. */
export interface SwarmServicePorts {
  serviceId: string
  ports: PortBinding[]
}

/** The ports that swarm services publish on every node. Empty if this engine does not manage a swarm. */
export async function swarmServicePorts(
  client: EngineClient,
  signal?: AbortSignal,
): Promise<SwarmServicePorts[]> {
  const services = await withEngineErrors({}, () =>
    client.json({ method: 'GET', path: '/services', signal }, servicesSchema).catch((error: unknown) => {
      if (error instanceof EngineResponseError && error.status === 503) return []
      throw error
    }),
  )
  return services.map(({ ID, Endpoint }) => ({
    serviceId: ID,
    ports: (Endpoint?.Ports ?? []).flatMap(({ Protocol, TargetPort, PublishedPort, PublishMode }) =>
      // In mode `host`, the container itself publishes the port.
      PublishedPort === undefined || PublishedPort === 0 || PublishMode === 'host'
        ? []
        : [{ hostIp: '', hostPort: PublishedPort, containerPort: TargetPort, protocol: Protocol }],
    ),
  }))
}
