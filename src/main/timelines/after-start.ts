import pLimit from 'p-limit'
import { isActive } from '../../shared/containers'
import type { Engine, EngineState } from '../engine'
import type { SshLink } from '../ssh'
import { hostNow } from './clock'
import { kernelTimes } from './kernel-times'
import type { TimelineRecorder } from './timeline-recorder'

/** How long Berth waits for the first output, in milliseconds. */
const outputWaitMs = 30_000
/** How many containers are read simultaneously. A Compose project may start dozens at once. */
const readLimit = 6
/** The kernel's times are exact to this many milliseconds. */
const kernelErrorMs = 20

export interface AfterStartOptions {
  engine: { readonly containers: Pick<Engine['containers'], 'firstOutput' | 'details'> }
  state: Pick<EngineState, 'containers' | 'refreshContainer'>
  link: Pick<SshLink, 'exec'>
}

/**
 * Reads what no event reports, once after each start: the first output from the log, and the start times of processes
 * from the kernel. It changes nothing in the container, and connects to none of its ports. What cannot be read is
 * missing from the timeline.
 */
export class AfterStart {
  readonly #options: AfterStartOptions
  readonly #outputs = pLimit(readLimit)
  readonly #facts = pLimit(readLimit)

  constructor(options: AfterStartOptions) {
    this.#options = options
  }

  /** Never rejects. */
  async read(recorder: TimelineRecorder, signal: AbortSignal): Promise<void> {
    await Promise.allSettled([
      this.#outputs(() => this.#readOutput(recorder, signal)),
      this.#facts(() => this.#readFacts(recorder, signal)),
    ])
  }

  async #readOutput(recorder: TimelineRecorder, signal: AbortSignal): Promise<void> {
    const since = recorder.outputSince ?? recorder.processAt
    if (since === undefined) return
    const limited = AbortSignal.any([signal, AbortSignal.timeout(outputWaitMs)])
    const { containers } = this.#options.engine
    const guest = await containers.firstOutput(recorder.containerId, { since, signal: limited })
    if (guest !== undefined) recorder.report({ name: 'output', label: '', guest, arrived: hostNow() })
  }

  async #readFacts(recorder: TimelineRecorder, signal: AbortSignal): Promise<void> {
    const { state, engine, link } = this.#options
    await state.refreshContainer(recorder.containerId)
    const container = state.containers.get(recorder.containerId)
    if (container === undefined) return
    recorder.name = container.name
    recorder.image = container.image
    if (container.health !== null) {
      const { health } = await engine.containers.details(container.id, () => undefined)
      recorder.healthIntervalMs = health?.intervalMs ?? null
    }
    if (!isActive(container) || container.pid === 0) return
    const process = recorder.processAt
    const { init, proxies } = await kernelTimes(link, container.pid, signal)
    const arrived = hostNow()
    if (process === undefined) return
    // Another process may have started since, after a restart. Its time is later than this start.
    const isOfThisStart = (time: number) => time <= process + kernelErrorMs
    if (init !== undefined && isOfThisStart(init))
      recorder.report({ name: 'namespaces', label: '', guest: Math.min(init, process), arrived })
    const keys = new Set(container.ports.map(({ hostPort, protocol }) => `${String(hostPort)}/${protocol}`))
    for (const key of keys) {
      const time = proxies.get(key)
      if (time !== undefined && isOfThisStart(time))
        recorder.report({ name: 'forward', label: key, guest: Math.min(time, process), arrived })
    }
    recorder.onChange()
  }
}
