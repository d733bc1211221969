import type { DockerEvent } from '../engine'
import { hostNow } from './clock'

/** An event of the engine about one container. */
export interface ContainerEvent {
  containerId: string
  action: string
  /** The network's name, or the exit code. */
  label: string
  name: string
  image: string
  /** The guest's time, in milliseconds since the epoch. */
  guest: number
  /** The host's time at which the event arrived. */
  arrived: number
}

const followed = /^(?:create|start|kill|die|destroy|health_status: (?:un)?healthy)$/

/** The guest's time of an event, in milliseconds since the epoch. */
export function eventTime({ time, timeNano }: DockerEvent): number {
  return timeNano === undefined ? (time ?? 0) * 1000 : timeNano / 1e6
}

/** Undefined for an event that no timeline needs. */
export function containerEvent(event: DockerEvent): ContainerEvent | undefined {
  const { Type, Action, Actor } = event
  const { ID, Attributes } = Actor
  const guest = eventTime(event)
  const common = { action: Action, guest, arrived: hostNow() }
  if (Type === 'network' && Action === 'connect' && Attributes.container !== undefined)
    return { ...common, containerId: Attributes.container, label: Attributes.name ?? '', name: '', image: '' }
  if (Type !== 'container' || ID === '' || !followed.test(Action)) return undefined
  const { name = '', image = '', exitCode = '' } = Attributes
  return { ...common, containerId: ID, label: exitCode, name, image }
}
