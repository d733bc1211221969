import type { HealthEvents } from '../../shared/container-events'
import type { Container } from '../../shared/containers'
import type { ContainerEnd } from '../../shared/hints'
import type { Image } from '../../shared/images'
import type { PortForward } from '../../shared/ports'
import type { ContainerSetup } from '../engine'
import type { LayerData } from '../files'

/** The facts about one container. */
export interface Subject {
  container: Container
  setup: ContainerSetup
  /** When the setup was read. */
  readAt: number
  forwards: readonly PortForward[]
  /** Bytes that the container uses, if this is most of the machine's memory. Undefined otherwise. */
  highUse: number | undefined
  /** The last ends that nobody has asked for, oldest first. */
  ends: readonly ContainerEnd[]
  /** Undefined if no event tells about the container's health checks. */
  healthEvents: HealthEvents | undefined
  /** True if the container ran when the engine ended. */
  ranAtEnd: boolean
  /** Undefined until it has been measured. */
  layer: LayerData | undefined
  /** The size of the log's file in bytes. Undefined until it has been measured. */
  logSize: number | undefined
}

/** The facts that all rules share. */
export interface Surroundings {
  /** Milliseconds since the epoch, like all times. */
  now: number
  /** When the engine has started. Undefined if Berth cannot know it. */
  engineStartedAt: number | undefined
  /** The machine's memory in bytes. */
  memory: number
  images: ReadonlyMap<string, Image>
  /** The ids of the images by their tags. */
  tagOwners: ReadonlyMap<string, string>
  /** The memory limits of the running containers by the containers' ids. Bytes. */
  memoryLimits: ReadonlyMap<string, number>
}
