import { z } from 'zod'
import { containerSchema } from './containers'
import { imageSchema } from './images'
import { networkSchema } from './networks'
import { portForwardSchema } from './ports'
import { volumeSchema } from './volumes'

export const engineInfoSchema = z.object({
  version: z.string(),
  apiVersion: z.string(),
  kernel: z.string(),
  os: z.string(),
  architecture: z.string(),
  cgroupVersion: z.string(),
  storageDriver: z.string(),
  cpus: z.number(),
  /** Bytes. */
  memory: z.number(),
})
export type EngineInfo = z.infer<typeof engineInfoSchema>

/**
 * The engine's objects as a stream. Whenever Berth connects to the engine, the stream has a snapshot, and then an event
 * for each changed object. After `offline`, the objects may be out of date until the next snapshot.
 */
export const engineEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    engine: engineInfoSchema,
    containers: z.array(containerSchema),
    images: z.array(imageSchema),
    volumes: z.array(volumeSchema),
    networks: z.array(networkSchema),
    forwards: z.array(portForwardSchema),
  }),
  z.object({ type: z.literal('container'), container: containerSchema }),
  z.object({ type: z.literal('container-removed'), id: z.string() }),
  z.object({ type: z.literal('image'), image: imageSchema }),
  z.object({ type: z.literal('image-removed'), id: z.string() }),
  z.object({ type: z.literal('volume'), volume: volumeSchema }),
  z.object({ type: z.literal('volume-removed'), name: z.string() }),
  z.object({ type: z.literal('network'), network: networkSchema }),
  z.object({ type: z.literal('network-removed'), id: z.string() }),
  z.object({ type: z.literal('forwards'), forwards: z.array(portForwardSchema) }),
  z.object({ type: z.literal('offline') }),
])
export type EngineEvent = z.infer<typeof engineEventSchema>
