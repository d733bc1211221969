import type { LayerProgress } from '../../shared/images'
import type { PortBinding } from '../../shared/ports'
import type { TimelineKind, TimelineOrigin, TimelineStepName } from '../../shared/timelines'

export interface RecorderOptions {
  kind: TimelineKind
  origin: TimelineOrigin
  /** The id of the task. The default is a new id. */
  id?: string | undefined
  containerId?: string
  name?: string | undefined
  image?: string
  /** The host's time at which the request arrived. */
  startedAt?: number | undefined
  /** When the page has sent the request, in milliseconds since the epoch. */
  sentAt?: number | undefined
}

/** Records the steps of one run, start, pull, build or compose action. No method throws, and none waits. */
export interface Recorder {
  /** Begins a step. The returned function ends it, with or without an error. */
  begin(name: TimelineStepName, label?: string): (error?: unknown) => void
  /** Runs a step, and records it. Rejects only if `act` rejects. */
  during<T>(name: TimelineStepName, act: () => Promise<T>, label?: string): Promise<T>
  /** The engine had the image, or did not. */
  cached(cached: boolean): void
  /** The state of all layers during a pull. */
  layers(layers: readonly LayerProgress[]): void
  /** All steps of the build as BuildKit has reported them until now. Replaces the ones before. */
  instructions(steps: readonly InstructionStep[]): void
  /** The engine has created the container. */
  created(containerId: string): void
  /** The calls have ended, with or without an error. Events of the container may still add steps. */
  end(error?: unknown): void
}

/** A step of a build. Times are the guest's, in milliseconds since the epoch. */
export interface InstructionStep {
  name: string
  startedAt: number | null
  endedAt: number | null
  cached: boolean
  error: string | null
}

/** Records nothing. For callers without a timeline. */
export const unrecorded: Recorder = {
  begin: () => () => undefined,
  during: (_name, act) => act(),
  cached: () => undefined,
  layers: () => undefined,
  instructions: () => undefined,
  created: () => undefined,
  end: () => undefined,
}

/** The ports of a step, such as `8080, 53/udp`. */
export function portsLabel(ports: readonly Pick<PortBinding, 'hostPort' | 'protocol'>[]): string {
  const texts = ports.map(({ hostPort, protocol }) =>
    protocol === 'tcp' ? String(hostPort) : `${String(hostPort)}/${protocol}`,
  )
  return [...new Set(texts)].join(', ')
}
