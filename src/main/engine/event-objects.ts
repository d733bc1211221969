import type { DockerEvent } from './engine'

export type ObjectKey = `container:${string}` | `image:${string}` | `volume:${string}` | 'services:'

/** Reports that leave a container as it was. A health check makes several of them every few seconds. */
const passiveContainerActions =
  /^(?:exec_|attach|detach|resize|top|export|copy|archive-path|extract-to-dir|commit|prune)/
const passiveImageActions = /^(?:save|push|prune)/

/** The objects that may have changed, from an engine event; `volumes` are the ones known until now. */
export function changedObjects(event: DockerEvent, volumes: Iterable<string>): ObjectKey[] {
  const { ID: id, Attributes: attributes } = event.Actor
  switch (event.Type) {
    case 'container':
      return id === '' || passiveContainerActions.test(event.Action) ? [] : [`container:${id}`]
    case 'image':
      return id === '' || passiveImageActions.test(event.Action) ? [] : [`image:${id}`]
    case 'volume':
      // A prune reports how much it freed, not always what it removed.
      if (event.Action === 'prune') return [...volumes].map((name): ObjectKey => `volume:${name}`)
      return id === '' || event.Action === 'mount' || event.Action === 'unmount' ? [] : [`volume:${id}`]
    case 'network':
      return attributes.container === undefined ? [] : [`container:${attributes.container}`]
    case 'service':
      return ['services:']
    default:
      return []
  }
}
