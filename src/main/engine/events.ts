import type { z } from 'zod'
import { connectionError, jsonLines } from './client'
import { eventSchema } from './schemas'

export type DockerEvent = z.infer<typeof eventSchema>

/** The events in the response of `GET /events`. */
export async function* dockerEvents(response: AsyncIterable<unknown>): AsyncGenerator<DockerEvent, void> {
  try {
    for await (const values of jsonLines(response)) for (const value of values) yield eventSchema.parse(value)
  } catch (error) {
    throw connectionError(error)
  }
}

/** Names an object that `EngineState` keeps current. */
export type ObjectKey =
  `container:${string}` | `image:${string}` | `volume:${string}` | `network:${string}` | 'services:'

/** Actions that do not change the container. A health check causes several of them every few seconds. */
const passiveContainerActions =
  /^(?:exec_|attach|detach|resize|top|export|copy|archive-path|extract-to-dir|commit|prune)/
const passiveImageActions = /^(?:save|prune)/

/** The objects that an event may have changed. `volumes` are the names of the known volumes. */
export function changedObjects(event: DockerEvent, volumes: Iterable<string>): ObjectKey[] {
  const { ID: id, Attributes: attributes } = event.Actor
  switch (event.Type) {
    case 'container':
      return id === '' || passiveContainerActions.test(event.Action) ? [] : [`container:${id}`]
    case 'image':
      return id === '' || passiveImageActions.test(event.Action) ? [] : [`image:${id}`]
    case 'volume':
      // A prune reports the freed bytes, but not always the removed volumes.
      if (event.Action === 'prune') return [...volumes].map((name): ObjectKey => `volume:${name}`)
      return id === '' || event.Action === 'mount' || event.Action === 'unmount' ? [] : [`volume:${id}`]
    case 'network':
      // A network's own data do not change when a container joins or leaves: the container has its addresses.
      if (attributes.container !== undefined) return [`container:${attributes.container}`]
      return id === '' || event.Action === 'prune' ? [] : [`network:${id}`]
    case 'service':
      return ['services:']
    default:
      return []
  }
}
