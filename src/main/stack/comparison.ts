import { stat } from 'node:fs/promises'
import { BerthError, type ErrorCode } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import type { MachineState } from '../../shared/machine'
import type { ComparisonResult, Measured } from '../../shared/stack-comparison'
import type { Engine, EngineChange, EngineState } from '../engine'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { type Emits, message, untilAborted, within } from '../lib'
import type { Machine, MachineProcess } from '../machine'
import {
  endOrphan,
  hostArch,
  initramfsBusybox,
  pidFile,
  smallMachineArguments,
  VirtualMachine,
} from '../qemu'
import type { SshLink } from '../ssh'
import type { RunningTask, Tasks } from '../tasks'
import { readProcess } from './process-meter'

/** The image exists only during a comparison. Its name also identifies the containers of a comparison. */
const image = 'berth/comparison:latest'
/** The busybox of the machine. The container gets a copy of this file, and the initramfs of the VM has the same one. */
const guestBusybox = '/usr/bin/busybox'

/** `runs`: of each kind. `outputMs`: how long a program may take to its first output. `memoryMiB`: of the VM. */
const limits = { runs: 3, outputMs: 120_000, memoryMiB: 128 }

/**
 * The program that both run. It prints the kernel's version and how many processes it sees, and stays for half a
 * minute, so that its memory can be measured. It then ends by itself, even if Berth has ended.
 */
function program(busybox: string): string {
  return [
    'read -r kernel </proc/sys/kernel/osrelease',
    'count=0',
    'for process in /proc/[0-9]*; do count=$((count + 1)); done',
    'echo berth: report kernel $kernel',
    'echo berth: report processes $count',
    `${busybox} sleep 30`,
  ].join('; ')
}

/** The VM has no init of its own. So the script first does what an init does. */
const vmScript = [
  `${initramfsBusybox} mount -t devtmpfs dev /dev`,
  'exec </dev/console >/dev/console 2>&1',
  `${initramfsBusybox} mount -t proc proc /proc`,
  program(initramfsBusybox),
  `${initramfsBusybox} poweroff -f`,
].join('; ')

interface Run {
  startMs: number
  memory: number
  kernel: string
  processes: number
}

export interface ComparisonOptions {
  paths: BerthPaths
  log: Logger
  platform: NodeJS.Platform
  machine: Pick<Machine, 'state' | 'process'> & Emits<'state', [MachineState]>
  link: Pick<SshLink, 'openCommand'>
  state: Pick<EngineState, 'containers'> & Emits<'change', [EngineChange]>
  engine: {
    readonly images: Pick<Engine['images'], 'import' | 'remove' | 'get'>
    readonly containers: Pick<Engine['containers'], 'create' | 'attach' | 'start' | 'usage' | 'remove'>
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
    const total = 1 + 2 * limits.runs
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
      const { size } = await this.#options.engine.images.get(image)
      await step(`imported an image of ${String(size)} bytes with the busybox of the machine`)
      const containers: Run[] = []
      for (let count = 0; count < limits.runs; count++) {
        const run = await this.#runContainer(signal)
        containers.push(run)
        await step(`container: ${describe(run)}`)
      }
      const vms: Run[] = []
      for (let count = 0; count < limits.runs; count++) {
        const run = await this.#runVm(machine, signal)
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

  async #runContainer(signal: AbortSignal): Promise<Run> {
    const { containers } = this.#options.engine
    const began = performance.now()
    const { id } = await containers.create({
      image,
      entrypoint: [guestBusybox, 'sh', '-c', program(guestBusybox)],
      command: [],
      environment: [],
      ports: [],
      volumes: [],
      networks: [{ network: 'none', aliases: [], ipv4: '', ipv6: '' }],
      autoRemove: false,
      tty: false,
    })
    try {
      const attached = await containers.attach(id)
      try {
        const reports = new Reports()
        const reported = reports.both
        attached.stream.on('data', (chunk: Buffer) => {
          reports.add(chunk.toString('utf8'))
        })
        attached.stream.on('error', () => undefined)
        const exited = attached.exitCode().then((code) => {
          throw new BerthError('comparison.container-failed', { reason: `exit code ${String(code)}` })
        })
        exited.catch(() => undefined)
        await containers.start(id)
        const late = () =>
          new BerthError('comparison.container-failed', { reason: phrases['answer-missing'] })
        const facts = await untilAborted(
          within(Promise.race([reported, exited]), limits.outputMs, late),
          signal,
        )
        const startMs = reports.at - began
        const { memory } = await containers.usage(id, signal)
        return { startMs, memory, ...facts }
      } finally {
        attached.detach()
      }
    } finally {
      await containers.remove(id, { force: true, volumes: true })
    }
  }

  async #runVm(machine: MachineProcess, signal: AbortSignal): Promise<Run> {
    const { paths, log, platform } = this.#options
    const { qemu, accelerator } = machine
    const { initrd } = machine.image
    const recordFile = berthFile(paths, 'comparisonRecord')
    await endOrphan(recordFile, initrd, log)
    const began = performance.now()
    const vm = await VirtualMachine.launch(
      {
        binary: qemu.system,
        args: (addresses) =>
          smallMachineArguments({
            platform,
            arch: hostArch(),
            accelerator,
            qemuMajor: qemu.major,
            memoryMiB: limits.memoryMiB,
            kernel: kernelOf(machine),
            initrd,
            ...addresses,
            pidFile: pidFile(recordFile),
            script: vmScript,
          }),
        dataDisk: initrd,
        recordFile,
        log,
      },
      signal,
    ).catch((error: unknown) => {
      signal.throwIfAborted()
      throw new BerthError('comparison.vm-failed', { reason: message(error) }, { cause: error })
    })
    try {
      const ended = vm.ended.then(({ reason, stderr }) => {
        throw new BerthError('comparison.vm-failed', { reason }, { detail: stderr })
      })
      const reported = Promise.all([vm.console.report('kernel'), vm.console.report('processes')])
      const late = () =>
        new BerthError(
          'comparison.vm-failed',
          { reason: phrases['answer-missing'] },
          { detail: vm.console.tail(20).join('\n') },
        )
      const [kernel, processes] = await untilAborted(
        within(Promise.race([reported, ended]), limits.outputMs, late),
        signal,
      )
      const startMs = performance.now() - began
      const memory = (await readProcess(vm.pid, platform))?.resident ?? 0
      return { startMs, memory, kernel, processes: Number(processes) }
    } finally {
      await vm.kill()
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

/** Reads the lines `berth: report NAME VALUE` of the program. */
class Reports {
  /** When the program has reported everything, by the clock of `performance.now`. */
  at = 0
  readonly both: Promise<Pick<Run, 'kernel' | 'processes'>>
  #text = ''
  #resolve: (facts: Pick<Run, 'kernel' | 'processes'>) => void = () => undefined

  constructor() {
    this.both = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  add(text: string): void {
    if (this.at !== 0) return
    this.#text += text
    const kernel = /berth: report kernel (\S+)\n/.exec(this.#text)?.[1]
    const processes = /berth: report processes (\d+)\n/.exec(this.#text)?.[1]
    if (kernel === undefined || processes === undefined) return
    this.at = performance.now()
    this.#resolve({ kernel, processes: Number(processes) })
  }
}

function isRunning({ kind, state }: { kind: string; state: string }): boolean {
  return kind === 'comparison' && state === 'running'
}

/** The kernel that the machine itself has booted. */
function kernelOf({ image: guest, accelerator }: MachineProcess): string {
  return accelerator === 'tcg' ? (guest.unpackedKernel ?? guest.kernel) : guest.kernel
}

function describe({ startMs, memory }: Run): string {
  return `first output after ${String(Math.round(startMs))} ms, ${String(memory)} bytes of memory`
}

function measured(runs: readonly Run[], disk: number): Measured {
  const last = runs.at(-1)
  return {
    startMs: runs.map(({ startMs }) => startMs),
    memory: Math.max(0, ...runs.map(({ memory }) => memory)),
    disk,
    kernel: last?.kernel ?? '',
    processes: last?.processes ?? 1,
  }
}
