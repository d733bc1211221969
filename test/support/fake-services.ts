import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { pino } from 'pino'
import type { ApiServices } from '../../src/main/api/implementer'
import type { EngineChange } from '../../src/main/engine/engine-state'
import { defaultSettings } from '../../src/main/settings/settings-defaults'
import { SessionList } from '../../src/main/sessions/session-list'
import { Downloads } from '../../src/main/transfers/downloads'
import { Uploads } from '../../src/main/transfers/uploads'
import type { SourceSink, TerminalSource } from '../../src/main/sessions/source'
import type { Container } from '../../src/shared/containers'
import type { DockerTools } from '../../src/shared/docker-cli'
import type { PullLayer } from '../../src/shared/images'
import type { MachineState } from '../../src/shared/machine'
import type { MountsState } from '../../src/shared/mounts'
import type { PortForward } from '../../src/shared/ports'
import type { LogBatch } from '../../src/shared/sessions'
import type { SettingsPatch } from '../../src/shared/settings'

export const silentLog = pino({ level: 'silent' })

export function machineState(phase: MachineState['phase']): MachineState {
  return { phase, since: 0, steps: [], reconnecting: false }
}

/** A terminal without a program. The test acts as the program. */
export class FakeTerminal implements TerminalSource {
  sink: SourceSink | undefined
  readonly written: string[] = []
  readonly sizes: { columns: number; rows: number }[] = []
  paused = false
  closed = false

  start(sink: SourceSink): void {
    this.sink = sink
  }
  print(text: string): void {
    this.sink?.bytes(Buffer.from(text))
  }
  exit(exitCode: number): void {
    this.sink?.end({ exitCode, error: null })
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
  }
  write(text: string): void {
    this.written.push(text)
  }
  resize(size: { columns: number; rows: number }): Promise<void> {
    this.sizes.push(size)
    return Promise.resolve()
  }
  close(): Promise<void> {
    this.closed = true
    this.sink?.end({ exitCode: null, error: null })
    return Promise.resolve()
  }
}

/** The state of an engine that Berth cannot reach. The test emits changes of this state. */
class FakeState extends EventEmitter<{ change: [EngineChange] }> {
  readonly containers = new Map<string, Container>()
  readonly isOnline = false
  snapshots = 0

  snapshot(): undefined {
    this.snapshots += 1
  }
}

/** A machine whose phase the test sets. */
class FakeMachine extends EventEmitter<{ state: [MachineState] }> {
  state = machineState('stopped')
  readonly #done: (call: string) => Promise<void>

  constructor(done: (call: string) => Promise<void>) {
    super()
    this.#done = done
  }

  enter(phase: MachineState['phase']): void {
    this.state = machineState(phase)
    this.emit('state', this.state)
  }
  start(): Promise<void> {
    return this.#done('machine.start')
  }
  stop(): Promise<void> {
    return this.#done('machine.stop')
  }
  useImage(which: 'previous' | 'newest'): Promise<void> {
    return this.#done(`machine.useImage ${which}`)
  }
  consoleTail(): string[] {
    return ['last line']
  }
}

/** Fake services in memory, for tests of the carriers and the router. */
export class FakeServices implements ApiServices {
  readonly log = silentLog
  readonly info = { version: '1.2.3', host: 'headless', platform: 'linux' } as const
  readonly sessions: SessionList
  readonly downloads = new Downloads({ log: silentLog })
  readonly uploads = new Uploads()
  readonly calls: string[] = []
  /** All shells that clients have opened. */
  readonly shells: FakeTerminal[] = []
  quits = 0
  /** While this is set, calls fail with this error. */
  failure: Error | undefined
  /** The sources of log sessions and of pulls. Their argument is the signal that ends the session. */
  logSource: (signal: AbortSignal) => AsyncGenerator<LogBatch, void> = emptySource
  pullSource: (signal: AbortSignal) => AsyncGenerator<PullLayer[], void> = emptySource
  importer: (tar: Readable) => Promise<{ id: string }> = () => Promise.reject(new Error('no importer'))

  constructor(options: { grace?: number } = {}) {
    this.sessions = new SessionList({ log: silentLog, grace: options.grace ?? 10_000 })
  }

  /** Records a call. Rejects if `failure` is set. */
  readonly #done = (call: string): Promise<void> => {
    this.calls.push(call)
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure)
  }

  readonly host = {
    quit: () => {
      this.quits += 1
    },
  }

  readonly machine = new FakeMachine(this.#done)

  readonly maintenance: ApiServices['maintenance'] = {
    repair: () => this.#done('diagnostics.repair'),
    reset: ({ settings }) => this.#done(`diagnostics.reset ${String(settings)}`),
    compact: async (report) => {
      report({ step: 'copy', percent: 40 })
      await this.#done('disk.compact')
      return { returned: 30 }
    },
  }

  readonly disk: ApiServices['disk'] = {
    usage: () => Promise.resolve({ host: { total: 100, free: 50 } }),
    reclaim: async (target) => {
      await this.#done(`disk.reclaim ${target}`)
      return { removed: 1, freed: 20, returned: 10 }
    },
  }

  readonly diagnostics: ApiServices['diagnostics'] = {
    run: async function* () {
      yield await Promise.resolve({
        check: 'clock' as const,
        status: 'ok' as const,
        finding: 'clock.ok' as const,
        params: { seconds: 1 },
        milliseconds: 2,
      })
    },
    bundle: () => Promise.resolve(Buffer.alloc(300_000, 7)),
    fix: (action) => this.#done(`diagnostics.fix ${action}`),
  }

  readonly configuration = fakeConfiguration(this.calls, this.#done)

  readonly mounts = Object.assign(new EventEmitter<{ change: [MountsState] }>(), {
    state: { phase: 'off' as const, folders: [], ownerHints: [] },
    validateFolders: () => Promise.resolve(),
  })

  readonly dockerAccess = Object.assign(new EventEmitter<{ change: [DockerTools] }>(), {
    tools: { dockerHost: 'unix:///run/docker.sock', context: 'present' as const },
    recheck: () => this.#done('docker.recheck'),
  })

  readonly logins: ApiServices['logins'] = {
    forImage: () => Promise.resolve({}),
    list: () => Promise.resolve({ logins: [], problems: [] }),
    logIn: ({ registry }) => this.#done(`registries.logIn ${registry}`),
    logOut: (registry) => this.#done(`registries.logOut ${registry}`),
  }

  readonly state = new FakeState()

  readonly engine: ApiServices['engine'] = {
    containers: {
      inspect: (id) => Promise.resolve(`{"Id":"${id}"}`),
      logs: (_id, { signal = new AbortController().signal }) => this.logSource(signal),
    },
    images: {
      pull: (_reference, signal) => this.pullSource(signal),
      remove: (image) => this.#done(`images.remove ${image}`),
      import: (_reference, tar) => this.importer(tar),
    },
    volumes: {
      create: (name) => this.#done(`volumes.create ${name}`),
      remove: (name) => this.#done(`volumes.remove ${name}`),
      prune: () => Promise.resolve({ removed: ['old'], bytes: 12 }),
    },
  }

  readonly containers: ApiServices['containers'] = {
    run: async () => {
      await this.#done('containers.run')
      return { id: 'c1' }
    },
    start: (id) => this.#done(`containers.start ${id}`),
    restart: (id) => this.#done(`containers.restart ${id}`),
    stop: (id, grace) => this.#done(`containers.stop ${id} ${String(grace)}`),
    kill: (id) => this.#done(`containers.kill ${id}`),
    pause: (id) => this.#done(`containers.pause ${id}`),
    unpause: (id) => this.#done(`containers.unpause ${id}`),
    remove: (id) => this.#done(`containers.remove ${id}`),
  }

  readonly ports = Object.assign(new EventEmitter<{ change: [PortForward[]] }>(), {
    forwards: [],
    retry: () => this.#done('ports.retry'),
  })

  readonly lanPorts: ApiServices['lanPorts'] = {
    set: ({ port, protocol }, open) =>
      this.#done(`ports.setNetwork ${String(port)}/${protocol} ${String(open)}`),
  }

  readonly terminals: ApiServices['terminals'] = {
    open: () => {
      const source = new FakeTerminal()
      this.shells.push(source)
      return Promise.resolve({ title: 'shell', source })
    },
  }
}

function fakeConfiguration(calls: string[], done: (call: string) => Promise<void>) {
  const defaults = defaultSettings({ cpus: 4, memoryMiB: 8192 }, '/home/user')
  const configuration = Object.assign(new EventEmitter<{ change: [] }>(), {
    state: {
      settings: defaults,
      defaults,
      limits: { cpus: 4, memoryMiB: 8192, leastDiskGiB: 16 },
    },
    update: ({ machine }: SettingsPatch) => {
      const { state } = configuration
      if (machine) configuration.state = { ...state, settings: { ...state.settings, machine } }
      configuration.emit('change')
      return Promise.resolve()
    },
    apply: () => done('settings.apply'),
    daemonText: () => Promise.resolve('{}'),
    startWithoutDaemon: () => done('settings.startWithoutDaemonFile'),
    dismissProblem: () => {
      calls.push('settings.dismissProblem')
    },
  })
  return configuration
}

async function* emptySource(): AsyncGenerator<never, void> {
  // Has no entries.
}
