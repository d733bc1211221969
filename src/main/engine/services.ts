import { z } from 'zod'
import { protocols, type PortBinding } from '../../shared/ports'
import { EngineResponseError, type EngineClient } from './client'
import { typed } from './engine-errors'

/** GET /services, as far as ports are concerned; a service that has none may lack any part of it. */
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

/** What the swarm leads to a service's containers, none of which publishes it itself. */
export interface ServicePorts {
  serviceId: string
  ports: PortBinding[]
}

/** The label by which the engine marks a service's containers with its id. */
export const serviceLabel = 'com.docker.swarm.service.id'

/** The ports that services publish on every node; none where this engine does not manage a swarm. */
export async function servicePorts(client: EngineClient, signal?: AbortSignal): Promise<ServicePorts[]> {
  const services = await typed({}, () =>
    client.json({ method: 'GET', path: '/services', signal }, servicesSchema).catch((error: unknown) => {
      if (error instanceof EngineResponseError && error.status === 503) return []
      throw error
    }),
  )
  return services.map(({ ID, Endpoint }) => ({
    serviceId: ID,
    ports: (Endpoint?.Ports ?? []).flatMap(({ Protocol, TargetPort, PublishedPort, PublishMode }) =>
      // What is published on the container's own node, its container tells.
      PublishedPort === undefined || PublishedPort === 0 || PublishMode === 'host'
        ? []
        : [{ hostIp: '', hostPort: PublishedPort, containerPort: TargetPort, protocol: Protocol }],
    ),
  }))
}
