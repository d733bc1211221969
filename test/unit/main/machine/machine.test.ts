import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { berthPaths } from '../../../../src/main/host/berth-files'
import type { LaunchedMachine } from '../../../../src/main/machine/launch'
import { move } from '../../../../src/main/machine/lifecycle'
import { Machine } from '../../../../src/main/machine/machine'
import { shutDown } from '../../../../src/main/machine/shutdown'
import { start } from '../../../../src/main/machine/start'
import { suspend } from '../../../../src/main/machine/suspend'
import type { MountsPort } from '../../../../src/main/qemu/mounts-port'
import type { MachineEnd, VirtualMachine } from '../../../../src/main/qemu/virtual-machine'
import { SshLink } from '../../../../src/main/ssh/ssh-link'
import { BerthError } from '../../../../src/shared/errors'
import type { MachinePhase } from '../../../../src/shared/machine'
import { silentLog } from '../../../support/fake-services'

vi.mock(import('../../../../src/main/machine/start'), async (importOriginal) => ({
  ...(await importOriginal()),
  start: vi.fn(),
}))
vi.mock('../../../../src/main/machine/suspend', () => ({ suspend: vi.fn() }))
vi.mock('../../../../src/main/machine/shutdown', () => ({ shutDown: vi.fn() }))

/** Holds up work until the test opens the gate, or makes the work fail. */
class Gate {
  readonly passed: Promise<void>
  open: () => void = () => undefined
  fail: (error: Error) => void = () => undefined

  constructor() {
    this.passed = new Promise((resolve, reject) => {
      this.open = resolve
      this.fail = reject
    })
    this.passed.catch(() => undefined)
  }
}

/** A double for QEMU that records its commands. A command waits for its gate, if it has one. */
class FakeVm extends EventEmitter {
  readonly console = Object.assign(new EventEmitter(), {
    tail: () => ['last words'],
    reported: () => undefined,
  })
  isHostFull = false
  readonly ended: Promise<MachineEnd>
  #end: (end: MachineEnd) => void = () => undefined
  gates: Partial<Record<string, Gate>> = {}

  readonly done: string[]

  constructor(done: string[]) {
    super()
    this.done = done
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  end(reason = 'SIGKILL', poweredOff = false): void {
    this.#end({ reason, poweredOff, noSpace: false, stderr: '' })
  }

  pause(): Promise<void> {
    return this.#do('pause')
  }

  resume(): Promise<void> {
    return this.#do('resume')
  }

  async quit(): Promise<void> {
    await this.#do('quit')
    this.end('quit')
  }

  async #do(what: string): Promise<void> {
    this.done.push(what)
    await this.gates[what]?.passed
  }
}

let home: string
let done: string[]
let vm: FakeVm
let link: SshLink
let machine: Machine
let phases: MachinePhase[]
let mountsPort: EventEmitter & { failed: unknown[] }

beforeEach(async () => {
  vi.clearAllMocks()
  home = await mkdtemp(join(tmpdir(), 'berth-machine-'))
  done = []
  phases = []
  vm = new FakeVm(done)
  link = new SshLink({ log: silentLog })
  mountsPort = Object.assign(new EventEmitter(), {
    failed: [] as unknown[],
    listen: () => Promise.resolve({ port: 0 }),
    confirm: () => undefined,
    reconnectFailed(error: unknown) {
      this.failed.push(error)
    },
  })
  machine = new Machine({
    paths: berthPaths({ BERTH_HOME: home }, process.platform),
    log: silentLog,
    link,
    settings: () => ({ cpus: 2, memoryMiB: 2048, diskGiB: 16 }),
    waitForEngine: () => Promise.resolve(),
    mountsPort: mountsPort as unknown as MountsPort,
  })
  machine.on('state', ({ phase }) => {
    if (phases.at(-1) !== phase) phases.push(phase)
  })
  vi.mocked(start).mockImplementation(starting())
  vi.mocked(shutDown).mockImplementation(() => {
    done.push('shut down')
    vm.end('guest-shutdown', true)
    return Promise.resolve()
  })
  vi.mocked(suspend).mockImplementation(() => {
    done.push('save')
    vm.end('quit')
    return Promise.resolve()
  })
})
afterEach(async () => {
  await machine.stop()
  await rm(home, { recursive: true, force: true })
})

/** A start that launches QEMU, then waits for the gate. */
function starting(gate?: Gate): typeof start {
  return async (options, signal) => {
    done.push('start')
    const step = (transition: 'boot' | 'connect' | 'engine' | 'ready') => {
      options.change((state) => move(state, transition, Date.now()))
    }
    step('boot')
    vm = new FakeVm(done)
    options.launched(launched(vm))
    options.change((state) => ({ ...state, accelerator: { name: 'tcg', rejected: [] } }))
    step('connect')
    const aborted = new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error)
      })
    })
    await Promise.race([gate?.passed, aborted])
    step('engine')
    step('ready')
  }
}

function launched(qemu: FakeVm): LaunchedMachine {
  return {
    vm: qemu as unknown as VirtualMachine,
    prepared: { repairDisk: false } as LaunchedMachine['prepared'],
    choice: { settings: { cpus: 2, memoryMiB: 2048, diskGiB: 16 }, accelerator: 'tcg' },
  }
}

async function inPhase(phase: MachinePhase): Promise<void> {
  await expect.poll(() => machine.state.phase).toBe(phase)
}

async function paused(): Promise<void> {
  await machine.start()
  await machine.pause()
}

describe('a start', () => {
  it('is joined by a second start, and both have the same outcome', async () => {
    await Promise.all([machine.start(), machine.start()])
    await machine.start()
    expect(done).toEqual(['start'])
    expect(machine.state.phase).toBe('running')
  })

  it('that fails rejects for every caller that joined it, and leaves no QEMU running', async () => {
    const gate = new Gate()
    vi.mocked(start).mockImplementation(starting(gate))
    const outcomes = Promise.allSettled([machine.start(), machine.start()])
    await inPhase('connecting')
    gate.fail(new BerthError('machine.qemu-died', { reason: 'SIGKILL' }))
    const code = { code: 'machine.qemu-died' }
    expect(await outcomes).toMatchObject([{ reason: code }, { reason: code }])
    expect(machine.state).toMatchObject({
      phase: 'failed',
      failure: { phase: 'connecting', error: code, console: ['last words'] },
    })
    expect(done).toEqual(['start', 'quit'])
  })

  it('is cancelled by a stop, and the state shows the stop immediately', async () => {
    vi.mocked(start).mockImplementation(starting(new Gate()))
    const outcome = machine.start().catch((error: unknown) => error)
    await inPhase('connecting')
    const stopped = machine.stop()
    expect(machine.state.phase).toBe('stopping')
    await stopped
    expect(await outcome).toMatchObject({ code: 'machine.not-running' })
    expect(machine.state.phase).toBe('stopped')
    expect(done).toEqual(['start', 'shut down'])
  })

  it('is also cancelled by a suspension', async () => {
    vi.mocked(start).mockImplementation(starting(new Gate()))
    const outcome = machine.start().catch((error: unknown) => error)
    await inPhase('connecting')
    await machine.suspend()
    expect(await outcome).toMatchObject({ code: 'machine.not-running' })
    expect(done).toEqual(['start', 'shut down'])
  })

  it('that failed ends in the phase `stopped` if a stop is requested before QEMU has ended', async () => {
    const gate = new Gate()
    vi.mocked(start).mockImplementation(starting(gate))
    const outcome = machine.start().catch((error: unknown) => error)
    await inPhase('connecting')
    const ending = new Gate()
    vm.gates = { quit: ending }
    gate.fail(new BerthError('machine.qemu-died', { reason: 'SIGKILL' }))
    await expect.poll(() => done).toContain('quit')
    const stopped = machine.stop()
    ending.open()
    await stopped
    expect(await outcome).toMatchObject({ code: 'machine.qemu-died' })
    expect(phases.slice(-2)).toEqual(['stopping', 'stopped'])
  })

  it('during a stop waits for that stop, and then starts', async () => {
    await machine.start()
    const stopped = machine.stop()
    await Promise.all([stopped, machine.start()])
    expect(done).toEqual(['start', 'shut down', 'start'])
    expect(machine.state.phase).toBe('running')
  })

  it('that waits for a stop is cancelled by the next stop', async () => {
    await machine.start()
    const first = machine.stop()
    const outcome = machine.start().catch((error: unknown) => error)
    await Promise.all([first, machine.stop()])
    expect(await outcome).toMatchObject({ code: 'machine.not-running' })
    expect(done).toEqual(['start', 'shut down'])
    expect(machine.state.phase).toBe('stopped')
  })

  it('wakes a paused machine', async () => {
    await paused()
    await machine.start()
    expect(done).toEqual(['start', 'pause', 'resume'])
    expect(machine.state.phase).toBe('running')
  })
})

describe('a pause', () => {
  it('ends when the link is used, and the machine is woken only once', async () => {
    await paused()
    expect(machine.state.phase).toBe('paused')
    for (let use = 0; use < 3; use += 1) link.emit('use')
    await inPhase('running')
    expect(done).toEqual(['start', 'pause', 'resume'])
  })

  it('also ends when the link is used before the pause is complete', async () => {
    await machine.start()
    const pausing = new Gate()
    vm.gates = { pause: pausing }
    const pause = machine.pause()
    await inPhase('paused')
    link.emit('use')
    pausing.open()
    await pause
    await inPhase('running')
    expect(done).toEqual(['start', 'pause', 'resume'])
  })

  it('does nothing while the machine waits for space on the host, because QEMU itself continues then', async () => {
    await machine.start()
    vm.isHostFull = true
    await machine.pause()
    expect(machine.state.phase).toBe('running')
    expect(done).toEqual(['start'])
  })

  it('does nothing to a machine that is not running yet', async () => {
    const gate = new Gate()
    vi.mocked(start).mockImplementation(starting(gate))
    const started = machine.start()
    await inPhase('connecting')
    await machine.pause()
    await machine.wake()
    gate.open()
    await started
    expect(done).toEqual(['start'])
    expect(machine.state.phase).toBe('running')
  })
})

describe('a stop', () => {
  it('during a wake waits for that wake', async () => {
    await paused()
    const waking = new Gate()
    vm.gates = { resume: waking }
    const wake = machine.wake()
    const stopped = machine.stop()
    await expect.poll(() => done).toContain('resume')
    expect(done).not.toContain('shut down')
    waking.open()
    await Promise.all([wake, stopped])
    expect(done).toEqual(['start', 'pause', 'resume', 'shut down'])
    expect(phases.slice(-4)).toEqual(['paused', 'running', 'stopping', 'stopped'])
  })

  it('wakes a paused machine first, and ends the machine even if it cannot be woken', async () => {
    await paused()
    const waking = new Gate()
    vm.gates = { resume: waking }
    waking.fail(new Error('QMP is closed'))
    await machine.stop()
    expect(done).toEqual(['start', 'pause', 'resume', 'shut down'])
    expect(machine.state.phase).toBe('stopped')
  })

  it('during which QEMU is killed still ends in the phase `stopped`', async () => {
    await machine.start()
    const ending = new Gate()
    vi.mocked(shutDown).mockReturnValue(ending.passed)
    const stopped = machine.stop()
    await expect.poll(() => vi.mocked(shutDown).mock.calls.length).toBe(1)
    vm.end()
    await vm.ended
    ending.open()
    await stopped
    expect(machine.state).toMatchObject({ phase: 'stopped' })
    expect(machine.state.failure).toBeUndefined()
  })

  it('overrides a failure that the state does not show yet', async () => {
    await machine.start()
    const quitting = new Gate()
    vm.gates = { quit: quitting }
    vm.end()
    await expect.poll(() => done).toContain('quit')
    const stopped = machine.stop()
    quitting.open()
    await stopped
    expect(machine.state.phase).toBe('stopped')
    expect(phases).not.toContain('failed')
  })

  it('of a machine that does not run resolves, even while its files are in use', async () => {
    const working = new Gate()
    const work = machine.whileStopped(() => working.passed)
    await machine.stop()
    working.open()
    await work
  })
})

describe('a suspension', () => {
  it('saves the machine once, even if it is requested twice, and ends in the phase `stopped`', async () => {
    await machine.start()
    await Promise.all([machine.suspend(), machine.suspend()])
    expect(done).toEqual(['start', 'save'])
    expect(phases.slice(-2)).toEqual(['suspending', 'stopped'])
  })

  it('wakes a paused machine first', async () => {
    await paused()
    await machine.suspend()
    expect(done).toEqual(['start', 'pause', 'resume', 'save'])
  })

  it('that fails stops the machine', async () => {
    await machine.start()
    vi.mocked(suspend).mockRejectedValue(new Error('no space'))
    await machine.suspend()
    expect(done).toEqual(['start', 'shut down'])
    expect(phases.slice(-3)).toEqual(['suspending', 'stopping', 'stopped'])
  })

  it('during which QEMU is killed ends in the phase `stopped`', async () => {
    await machine.start()
    vi.mocked(suspend).mockImplementation(() => {
      vm.end()
      return Promise.reject(new Error('SIGKILL'))
    })
    await machine.suspend()
    expect(machine.state.phase).toBe('stopped')
  })

  it('completes before a stop or a start that is requested while the machine is saved', async () => {
    await machine.start()
    const saving = new Gate()
    vi.mocked(suspend).mockImplementation(async () => {
      done.push('save')
      await saving.passed
      vm.end('quit')
    })
    const suspended = machine.suspend()
    await inPhase('suspending')
    const stopped = machine.stop()
    const started = machine.start()
    saving.open()
    await Promise.all([suspended, stopped, started])
    expect(done).toEqual(['start', 'save', 'start'])
  })
})

describe('the end of QEMU', () => {
  it('is reported as a failure of a running or paused machine', async () => {
    for (const prepare of [() => machine.start(), paused]) {
      await prepare()
      const { phase } = machine.state
      vm.end()
      await inPhase('failed')
      expect(machine.state.failure).toMatchObject({
        phase,
        error: { code: 'machine.qemu-died', params: { reason: 'SIGKILL' } },
        console: ['last words'],
      })
    }
  })

  it('is reported as a stop if the guest has powered off', async () => {
    await machine.start()
    vm.end('guest-shutdown', true)
    await inPhase('stopped')
  })

  it('does not make the next start of the machine fail', async () => {
    await machine.start()
    vm.end()
    await inPhase('failed')
    await machine.start()
    expect(machine.state).toMatchObject({ phase: 'running' })
    expect(machine.size).toEqual({ cpus: 2, memoryMiB: 2048, diskGiB: 16 })
  })
})

describe('work on the files of a stopped machine', () => {
  it('is refused while a machine runs, starts or stops', async () => {
    const refused = expect.objectContaining({ code: 'machine.not-stopped' }) as Error
    const work = () => Promise.reject(new Error('not to be done'))
    const started = machine.start()
    await expect(machine.whileStopped(work)).rejects.toEqual(refused)
    await started
    await expect(machine.whileStopped(work)).rejects.toEqual(refused)
    const stopped = machine.stop()
    await expect(machine.whileStopped(work)).rejects.toEqual(refused)
    await stopped
  })

  it('ends, even with a failure, before a start or other such work begins', async () => {
    const working = new Gate()
    const failing = machine.whileStopped(() => working.passed)
    const next = machine.whileStopped(() => Promise.resolve(done.push('next work')))
    const started = machine.start()
    working.fail(new Error('no space'))
    await expect(failing).rejects.toThrow('no space')
    await Promise.all([next, started])
    expect(done).toEqual(['next work', 'start'])
  })
})

describe('shared folders whose address has changed', () => {
  it('get the error machine.not-running if no machine runs', async () => {
    mountsPort.emit('moved', { port: 7 })
    await expect.poll(() => mountsPort.failed).toMatchObject([{ code: 'machine.not-running' }])
  })
})
