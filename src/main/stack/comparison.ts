import { stat } from 'node:fs/promises'
import { BerthError, type ErrorCode } from '../../shared/errors'
import type { ComparisonResult, Measured } from '../../shared/stack-comparison'
import type { Engine, EngineChange, EngineState } from '../engine'
import type { BerthPaths, Logger } from '../host'
import { type Emits, message } from '../lib'
import type { Machine, MachineProcess } from '../machine'
import type { SshLink } from '../ssh'
import type { RunningTask, Tasks } from '../tasks'
import type { MeasuredRun } from './compared-program'
import { type ContainerRunOptions, guestBusybox, runContainer } from './container-run'
import { kernelOf, runVm } from './vm-run'

/** The image exists only during a comparison. Its name also identifies the containers of a comparison. */
const image = 'berth/comparison:latest'
/** How often the program runs as each kind. */
const runsOfKind = 3

export interface ComparisonOptions {
  paths: BerthPaths
  log: Logger
  platform: NodeJS.Platform
  machine: Pick<Machine, 'state' | 'process'>
  link: Pick<SshLink, 'openCommand'>
  state: Pick<EngineState, 'containers'> & Emits<'change', [EngineChange]>
  engine: {
    readonly images: Pick<Engine['images'], 'import' | 'remove' | 'get'>
    readonly containers: ContainerRunOptions['containers']
  }
  tasks: Tasks
}

/** Runs the same small program as a container and as a VM of its own, and measures both. Leaves nothing behind. */
export class Comparison {
  readonly #options: ComparisonOptions

  constructor(options: ComparisonOptions) {
    this.#options = options
    // An app that has died during a comparison may have left the image and the container.
    const { state, tasks, log } = options
    state.on('change', (change) => {
      if (change.type !== 'snapshot' || tasks.list().some(isRunning)) return
      if (!change.images.some(({ tags }) => tags.includes(image))) return
      this.#removeObjects().catch((error: unknown) => {
        log.warn({ reason: message(error) }, 'could not remove the image of a comparison')
      })
    })
  }

  /**
   * Starts the comparison as a task, and returns the task's id. If a comparison is already running, returns its id.
   * @throws BerthError machine.not-running
   */
  start(): string {
    const { machine, tasks } = this.#options
    const running = tasks.list().find(isRunning)
    if (running !== undefined) return running.id
    const { phase } = machine.state
    const { process } = machine
    if ((phase !== 'running' && phase !== 'paused') || process === undefined)
      throw new BerthError('machine.not-running')
    return tasks.start({
      kind: 'comparison',
      params: {},
      run: (task, signal) => this.#compare(process, task, signal),
    })
  }

  async #compare(
    machine: MachineProcess,
    task: RunningTask<'comparison'>,
    signal: AbortSignal,
  ): Promise<ComparisonResult> {
    const { paths, log, platform, engine } = this.#options
    const total = 1 + 2 * runsOfKind
    let done = 0
    const step = async (text: string) => {
      signal.throwIfAborted()
      done += 1
      task.progress({ done, total, unit: 'steps' })
      await task.log(`${text}\n`)
    }
    try {
      await this.#removeObjects()
      await this.#import(signal)
      const { size } = await engine.images.get(image)
      await step(`imported an image of ${String(size)} bytes with the busybox of the machine`)
      const containers: MeasuredRun[] = []
      for (let count = 0; count < runsOfKind; count++) {
        const run = await runContainer({ containers: engine.containers, image, signal })
        containers.push(run)
        await step(`container: ${describe(run)}`)
      }
      const vms: MeasuredRun[] = []
      for (let count = 0; count < runsOfKind; count++) {
        const run = await runVm({ machine, paths, log, platform, signal })
        vms.push(run)
        await step(`vm: ${describe(run)}`)
      }
      const files = [kernelOf(machine), machine.image.initrd]
      const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
      return {
        container: measured(containers, size),
        vm: measured(
          vms,
          sizes.reduce((sum, bytes) => sum + bytes, 0),
        ),
        accelerator: machine.accelerator,
      }
    } finally {
      await this.#removeObjects()
    }
  }

  async #import(signal: AbortSignal): Promise<void> {
    const { link, engine } = this.#options
    const archive = await link.openCommand(`tar -C / -cf - ${guestBusybox.slice(1)}`)
    // The command reads no input.
    archive.end()
    try {
      await engine.images.import(image, archive, { signal })
    } finally {
      archive.destroy()
    }
  }

  /** Removes the image and the containers of a comparison, if there are any. */
  async #removeObjects(): Promise<void> {
    const { state, engine } = this.#options
    const { images, containers } = engine
    for (const container of [...state.containers.values()].filter((each) => each.image === image))
      await containers
        .remove(container.id, { force: true, volumes: true })
        .catch(unless('container.not-found'))
    await images.remove(image, true).catch(unless('image.not-found'))
  }
}

/** Ignores one error. The engine's state may still name an object that was just removed. */
function unless(code: ErrorCode): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof BerthError && error.code === code)) throw error
  }
}

function isRunning({ kind, state }: { kind: string; state: string }): boolean {
  return kind === 'comparison' && state === 'running'
}

function describe({ startMs, memory }: MeasuredRun): string {
  return `first output after ${String(Math.round(startMs))} ms, ${String(memory)} bytes of memory`
}

function measured(runs: readonly MeasuredRun[], disk: number): Measured {
  const last = runs.at(-1)
  return {
    startMs: runs.map(({ startMs }) => startMs),
    memory: Math.max(0, ...runs.map(({ memory }) => memory)),
    disk,
    kernel: last?.kernel ?? '',
    processes: last?.processes ?? 1,
  }
}
