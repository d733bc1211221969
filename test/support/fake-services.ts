import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { pino } from 'pino'
import type { ApiServices } from '../../src/main/api/services'
import type { EngineChange } from '../../src/main/engine/engine-state'
import { defaultSettings } from '../../src/main/settings/settings-defaults'
import { SessionList } from '../../src/main/sessions/session-list'
import type { SourceSink, TerminalSource } from '../../src/main/sessions/source'
import type { Container } from '../../src/shared/containers'
import type { CheckResult, ServiceFix } from '../../src/shared/diagnostics'
import type { ReclaimTarget } from '../../src/shared/disk'
import type { PullLayer } from '../../src/shared/images'
import type { MachineState } from '../../src/shared/machine'
import type { NetworkPort, PortForward } from '../../src/shared/ports'
import type { LoginRequest } from '../../src/shared/registries'
import type { LogEntry } from '../../src/shared/sessions'
import type { SettingsPatch } from '../../src/shared/settings'

export const silentLog = pino({ level: 'silent' })

export function machineState(phase: MachineState['phase']): MachineState {
  return { phase, since: 0, steps: [], reconnecting: false }
}

/** A terminal whose program is the test. */
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

/** The state of an engine that cannot be reached; changes are emitted by the test. */
class FakeState extends EventEmitter<{ change: [EngineChange] }> {
  readonly containers = new Map<string, Container>()
  readonly isOnline = false
  snapshots = 0

  snapshot(): undefined {
    this.snapshots += 1
  }
}

/** Services in memory: the carriers and the router are what is tested with them. */
export class FakeServices implements ApiServices {
  readonly log = silentLog
  readonly info = { version: '1.2.3', host: 'headless', platform: 'linux' } as const
  readonly configuration = (() => {
    const defaults = defaultSettings({ cpus: 4, memoryMiB: 8192 }, '/home/user')
    let settings = defaults
    return {
      get state() {
        return { settings, defaults, limits: { cpus: 4, memoryMiB: 8192, leastDiskGiB: 16 } }
      },
      update: ({ machine = settings.machine }: SettingsPatch) => {
        settings = { ...settings, machine }
        this.emitter.emit('settings')
        return Promise.resolve()
      },
      apply: () => this.#done('settings.apply'),
      daemonText: () => Promise.resolve('{}'),
      startWithoutDaemon: () => this.#done('settings.startWithoutDaemonFile'),
      dismissProblem: () => {
        this.calls.push('settings.dismissProblem')
      },
    }
  })()
  readonly emitter = new EventEmitter<{ machine: [MachineState]; settings: [] }>()
  readonly terminals: FakeTerminal[] = []
  readonly calls: string[] = []
  readonly sessions: SessionList
  readonly state = new FakeState()
  current = machineState('stopped')
  quits = 0
  /** What the next call of a volume or a container fails with. */
  failure: Error | undefined
  /** What logs and pulls are made of; given the signal that ends them. */
  logSource: (signal: AbortSignal) => AsyncIterable<LogEntry[]> = emptySource
  pullSource: (signal: AbortSignal) => AsyncIterable<PullLayer[]> = emptySource
  importer: (tar: Readable) => Promise<{ id: string }> = () => Promise.reject(new Error('no importer'))

  constructor(options: { grace?: number } = {}) {
    this.sessions = new SessionList({ log: silentLog, grace: options.grace ?? 10_000 })
  }

  quit(): void {
    this.quits += 1
  }

  readonly machine = (() => {
    const current = (): MachineState => this.current
    return {
      get state() {
        return current()
      },
      start: () => this.#done('machine.start'),
      stop: () => this.#done('machine.stop'),
      useImage: (which: 'previous' | 'newest') => this.#done(`machine.useImage ${which}`),
      consoleTail: () => ['last line'],
    }
  })()

  setMachine(phase: MachineState['phase']): void {
    this.current = machineState(phase)
    this.emitter.emit('machine', this.current)
  }

  onMachineState(listener: (state: MachineState) => void): () => void {
    this.emitter.on('machine', listener)
    return () => this.emitter.off('machine', listener)
  }

  onConfiguration(listener: () => void): () => void {
    this.emitter.on('settings', listener)
    return () => this.emitter.off('settings', listener)
  }

  async runContainer(): Promise<{ id: string }> {
    await this.#done('containers.run')
    return { id: 'c1' }
  }

  startContainer(id: string): Promise<void> {
    return this.#done(`containers.start ${id}`)
  }

  restartContainer(id: string): Promise<void> {
    return this.#done(`containers.restart ${id}`)
  }

  readonly engine = {
    containers: {
      stop: (id: string, grace?: number) => this.#done(`containers.stop ${id} ${String(grace)}`),
      kill: (id: string) => this.#done(`containers.kill ${id}`),
      remove: (id: string) => this.#done(`containers.remove ${id}`),
      inspect: (id: string) => Promise.resolve(`{"Id":"${id}"}`),
      logs: (_id: string, { signal }: { signal: AbortSignal }) => this.logSource(signal),
    },
    images: {
      pull: (_reference: string, signal: AbortSignal) => this.pullSource(signal),
      remove: (image: string) => this.#done(`images.remove ${image}`),
      import: (_reference: string, tar: Readable) => this.importer(tar),
    },
    volumes: {
      create: (name: string) => this.#done(`volumes.create ${name}`),
      remove: (name: string) => this.#done(`volumes.remove ${name}`),
      prune: () => Promise.resolve({ removed: ['old'], bytes: 12 }),
    },
  }

  readonly ports = Object.assign(new EventEmitter<{ change: [PortForward[]] }>(), {
    forwards: [],
    retry: () => this.#done('ports.retry'),
  })

  readonly networkPorts = {
    set: ({ port, protocol }: NetworkPort, open: boolean) =>
      this.#done(`ports.setNetwork ${String(port)}/${protocol} ${String(open)}`),
  }

  readonly dockerHost = {
    tools: { dockerHost: 'unix:///run/docker.sock', context: 'present' as const },
    recheck: () => this.#done('docker.recheck'),
  }
  onDockerTools(): () => void {
    return () => undefined
  }

  readonly logins = {
    forImage: () => Promise.resolve({}),
    list: () => Promise.resolve({ logins: [], problems: [] }),
    logIn: ({ registry }: LoginRequest) => this.#done(`registries.logIn ${registry}`),
    logOut: (registry: string) => this.#done(`registries.logOut ${registry}`),
  }

  readonly mounts = {
    state: { phase: 'off' as const, folders: [], ownerHints: [] },
    checkFolders: () => Promise.resolve(),
  }
  onMounts(): () => void {
    return () => undefined
  }

  readonly disk = {
    usage: () => Promise.resolve({ host: { total: 100, free: 50 } }),
    reclaim: async (target: ReclaimTarget) => {
      await this.#done(`disk.reclaim ${target}`)
      return { removed: 1, freed: 20, returned: 10 }
    },
  }

  readonly maintenance = {
    repair: () => this.#done('diagnostics.repair'),
    reset: ({ settings }: { settings: boolean }) => this.#done(`diagnostics.reset ${String(settings)}`),
    compact: (async (report) => {
      report({ step: 'copy', percent: 40 })
      await this.#done('disk.compact')
      return { returned: 30 }
    }) as ApiServices['maintenance']['compact'],
  }

  readonly diagnostics = {
    run: async function* (): AsyncGenerator<CheckResult, void> {
      yield await Promise.resolve({
        check: 'clock' as const,
        status: 'ok' as const,
        finding: 'clock.ok' as const,
        params: { seconds: 1 },
        milliseconds: 2,
      })
    },
    bundle: () => Promise.resolve(Buffer.alloc(300_000, 7)),
    fix: (action: ServiceFix) => this.#done(`diagnostics.fix ${action}`),
  }

  openTerminal(): Promise<{ title: string; source: FakeTerminal }> {
    const source = new FakeTerminal()
    this.terminals.push(source)
    return Promise.resolve({ title: 'shell', source })
  }

  #done(call: string): Promise<void> {
    this.calls.push(call)
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure)
  }
}

async function* emptySource(): AsyncGenerator<never, void> {
  // Nothing was said and nothing will be.
}
