import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import type { ApiServices } from '../../src/main/api/implementer'
import type { EngineChange } from '../../src/main/engine/engine-state'
import { EventLog } from '../../src/main/engine/event-log'
import type { DockerEvent } from '../../src/main/engine/events'
import { defaultSettings } from '../../src/main/settings/settings-defaults'
import { SessionList } from '../../src/main/sessions/session-list'
import { Downloads } from '../../src/main/transfers/downloads'
import { Uploads } from '../../src/main/transfers/uploads'
import { BerthError } from '../../src/shared/errors'
import type { Container } from '../../src/shared/containers'
import type { DockerTools } from '../../src/shared/docker-cli'
import type { MachineState } from '../../src/shared/machine'
import type { MountsState } from '../../src/shared/mounts'
import type { PortForward } from '../../src/shared/ports'
import type { LogBatch } from '../../src/shared/sessions'
import type { CurrentLimits } from '../../src/shared/isolation'
import type { SettingsPatch } from '../../src/shared/settings'
import type { ProcessList, StatsEvent } from '../../src/shared/stats'
import type { TaskEvent } from '../../src/shared/tasks'
import { idleContainer } from './busybox-image'
import { fakeTask } from './fake-task'
import { FakeTerminal } from './fake-terminal'

type StatsServices = ApiServices['stats']

export const silentLog = pino({ level: 'silent' })

/** The id of the task of every change of a container. */
const fakeChangeId = '11111111-1111-4111-8111-111111111111'

export function machineState(phase: MachineState['phase']): MachineState {
  return { phase, since: 0, steps: [], reconnecting: false }
}

/** The state of an engine that Berth cannot reach. The test emits changes of this state. */
class FakeState extends EventEmitter<{ change: [EngineChange]; reported: [DockerEvent] }> {
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

/** Measurements that the test makes. */
export class FakeStats implements StatsServices {
  readonly #done: (call: string) => Promise<void>
  readonly #events = new EventEmitter<{ points: [StatsEvent]; processes: [ProcessList] }>()
  /** The number of open windows. */
  windows = 0
  /** The newest process list. */
  list: ProcessList | undefined

  constructor(done: (call: string) => Promise<void>) {
    this.#done = done
  }

  /** The number of clients that watch. */
  get watchers(): number {
    return this.#events.listenerCount('points') + this.#events.listenerCount('processes')
  }
  measure(event: StatsEvent): void {
    this.#events.emit('points', event)
  }
  listProcesses(list: ProcessList): void {
    this.list = list
    this.#events.emit('processes', list)
  }
  windowOpened(closed: AbortSignal): void {
    this.windows += 1
    closed.addEventListener('abort', () => (this.windows -= 1))
  }
  watch(): ReturnType<StatsServices['watch']> {
    return {
      snapshot: () => ({ type: 'history', containers: [] }),
      subscribe: (listener) => {
        this.#events.on('points', listener)
        return () => this.#events.off('points', listener)
      },
    }
  }
  watchProcesses(): ReturnType<StatsServices['watchProcesses']> {
    return {
      snapshot: () => this.list,
      subscribe: (listener) => {
        this.#events.on('processes', listener)
        return () => this.#events.off('processes', listener)
      },
    }
  }
  signal: StatsServices['signal'] = ({ id, pid, start }, signal) =>
    this.#done(`stats.signal ${id} ${String(pid)} ${String(start)} ${signal}`)
}

const unlimited: CurrentLimits = {
  limits: {
    ...{ cpus: null, cpuShares: null, processors: '', memory: null, pids: null },
    restart: { policy: 'no', retries: 0 },
  },
  stored: {
    ...{ NanoCpus: 0, CpuQuota: 0, CpuPeriod: 0, CpuShares: 0, CpusetCpus: '' },
    ...{ Memory: 0, MemorySwap: 0, PidsLimit: 0 },
  },
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
  /** The source of log sessions. Its argument is the signal that ends the session. */
  logSource: (signal: AbortSignal) => AsyncGenerator<LogBatch, void> = emptySource
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
    space: () => Promise.resolve({ host: { total: 100, free: 50 } }),
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
    hostPlace: () => undefined,
  })

  readonly hostFolders: ApiServices['hostFolders'] = {
    places: () => Promise.resolve({ home: '/home/me', drives: ['/'] }),
    list: async ({ path }) => {
      await this.#done(`hostFolders.list ${path}`)
      return { path, parent: null, share: 'none', entries: [], total: 0, hidden: 0 }
    },
    create: async (parent, name) => {
      await this.#done(`hostFolders.create ${parent} ${name}`)
      return `${parent}/${name}`
    },
  }

  readonly dockerAccess = Object.assign(new EventEmitter<{ change: [DockerTools] }>(), {
    tools: { dockerHost: 'unix:///run/docker.sock', context: 'present' as const },
    recheck: () => this.#done('docker.recheck'),
  })

  readonly logins: ApiServices['logins'] = {
    list: () => Promise.resolve({ logins: [], problems: [] }),
    logIn: ({ registry }) => this.#done(`registries.logIn ${registry}`),
    logOut: (registry) => this.#done(`registries.logOut ${registry}`),
  }

  readonly catalogue: ApiServices['catalogue'] = {
    suggest: async (typed) => {
      await this.#done(`registries.suggest ${typed}`)
      return { registry: null, references: [], state: 'ok', cut: false }
    },
    forget: () => undefined,
  }

  readonly state = new FakeState()
  readonly events = new EventLog({ state: this.state })

  readonly engine: ApiServices['engine'] = {
    containers: {
      details: (id) => Promise.reject(new BerthError('container.not-found', { container: id })),
      attach: () => Promise.reject(this.failure ?? new Error('no container to attach to')),
      export: (id) => Promise.resolve(Readable.from([`files of ${id}`])),
      stopped: () => Promise.resolve([{ id: 'c1', name: 'old', bytes: 12 }]),
      inspect: (id) => Promise.resolve(`{"Id":"${id}"}`),
      logs: (_id, { signal = new AbortController().signal }) => this.logSource(signal),
    },
    images: {
      tag: (image, tag) => this.#done(`images.tag ${image} ${tag}`),
      remove: (image) => this.#done(`images.remove ${image}`),
      removeAll: (image) => this.#done(`images.removeAll ${image}`),
      details: () => Promise.reject(new Error('no details')),
      prune: () => Promise.resolve({ removed: 2, bytes: 10, before: 30, after: 20 }),
    },
    volumes: {
      create: ({ name }) => this.#done(`volumes.create ${name}`),
      remove: (name) => this.#done(`volumes.remove ${name}`),
      prune: () => Promise.resolve({ removed: ['old'], bytes: 12 }),
      sizes: () => Promise.resolve([{ name: 'data', bytes: 3 }]),
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
    kill: (id, signal) => this.#done(['containers.kill', id, ...(signal ? [signal] : [])].join(' ')),
    pause: (id) => this.#done(`containers.pause ${id}`),
    unpause: (id) => this.#done(`containers.unpause ${id}`),
    rename: (id, name) => this.#done(`containers.rename ${id} ${name}`),
    commit: async (id, { reference }) => {
      await this.#done(`containers.commit ${id} ${reference}`)
      return { imageId: 'sha256:new' }
    },
    remove: (id) => this.#done(`containers.remove ${id}`),
  }

  readonly networks: ApiServices['networks'] = {
    create: async ({ name }) => {
      await this.#done(`networks.create ${name}`)
      return { id: 'n1' }
    },
    remove: (id) => this.#done(`networks.remove ${id}`),
    prune: () => Promise.resolve({ removed: ['old'] }),
    connect: ({ network, container }) => this.#done(`networks.connect ${network} ${container}`),
    disconnect: ({ network, container }) => this.#done(`networks.disconnect ${network} ${container}`),
  }

  readonly reach: ApiServices['reach'] = {
    try: async ({ from }) => {
      await this.#done(`networks.reach ${from}`)
      return { verdict: 'reached', steps: [] }
    },
  }

  readonly changes: ApiServices['changes'] = {
    run: ({ image }) => {
      this.calls.push(`changes.run ${image}`)
      return fakeChangeId
    },
    editable: async (id) => {
      await this.#done(`changes.editable ${id}`)
      return { request: { ...idleContainer, name: 'idle' }, body: '{}' }
    },
    preview: async (id) => {
      await this.#done(`changes.preview ${id}`)
      return { before: '{}', after: '{}' }
    },
    edit: async (id) => {
      await this.#done(`changes.edit ${id}`)
      return fakeChangeId
    },
    updateState: async (id, ask) => {
      await this.#done(`changes.updateState ${id} ${String(ask)}`)
      return { reference: 'busybox:latest', outdated: false }
    },
    update: async (id, pull) => {
      await this.#done(`changes.update ${id} ${String(pull)}`)
      return fakeChangeId
    },
    moveState: async (id, folder) => {
      await this.#done(`changes.moveState ${id} ${folder}`)
      return { bytes: 1, free: 2, elsewhere: 3 }
    },
    move: async (id, folder, volume) => {
      await this.#done(`changes.move ${id} ${folder} ${volume}`)
      return fakeChangeId
    },
  }

  readonly images: ApiServices['images'] = {
    ensureBase: async () => {
      await this.#done('images.ensureBase')
      return { reference: 'berth/busybox:latest' }
    },
    pull: (reference) => {
      this.calls.push(`images.pull ${reference}`)
      return fakeTask.id
    },
    push: (reference) => {
      this.calls.push(`images.push ${reference}`)
      return fakeTask.id
    },
    load: (_file, tar) => this.importer(tar),
    import: (_file, tar) => this.importer(tar),
    save: () => Promise.reject(new Error('no save')),
    content: () => Promise.resolve('root'),
  }

  readonly tasks = Object.assign(new EventEmitter<{ change: [TaskEvent] }>(), {
    list: () => [fakeTask],
    cancel: (id: string) => this.#done(`tasks.cancel ${id}`),
    dismiss: (id: string) => this.#done(`tasks.dismiss ${id}`),
    dismissEnded: () => this.#done('tasks.dismissEnded'),
    readLog: () => Promise.resolve({ text: 'line', start: 0, next: 4 }),
  })

  readonly bulkActions: ApiServices['bulkActions'] = {
    run: async (action, ids) => {
      await this.#done(`bulkActions.run ${action} ${ids.join()}`)
      return { done: [...ids], failures: [] }
    },
    prune: async (ids) => {
      await this.#done(`bulkActions.prune ${ids.join()}`)
      return { done: [...ids], failures: [], bytes: 12 }
    },
  }

  readonly containerGroups = Object.assign(new EventEmitter<{ change: [] }>(), {
    current: { groups: [], pinned: [] },
    pin: (names: readonly string[], pinned: boolean) =>
      this.#done(`containerGroups.pin ${names.join()} ${String(pinned)}`),
    move: (names: readonly string[], group: string | null) =>
      this.#done(`containerGroups.move ${names.join()} ${String(group)}`),
    rename: (group: string, to: string) => this.#done(`containerGroups.rename ${group} ${to}`),
    remove: (group: string) => this.#done(`containerGroups.remove ${group}`),
  })

  readonly learn = Object.assign(new EventEmitter<{ change: [] }>(), {
    current: { lesson: null, results: [], folder: null, leftovers: [] },
    open: (id: string) => this.#done(`learn.open ${id}`),
    skip: (id: string) => this.#done(`learn.skip ${id}`),
    again: (id: string) => this.#done(`learn.again ${id}`),
    useFolder: async (path: string) => {
      await this.#done(`learn.useFolder ${path}`)
      return { folder: path }
    },
    ask: () => this.#done('learn.ask'),
    cleanUp: async (objects: readonly { kind: string; id: string }[]) => {
      await this.#done(`learn.cleanUp ${objects.map(({ kind, id }) => `${kind} ${id}`).join()}`)
      return { removed: objects.length }
    },
    startOver: () => this.#done('learn.startOver'),
  })

  readonly compose = {
    projects: Object.assign(new EventEmitter<{ change: [] }>(), { all: [] }),
    open: async (path: string) => {
      await this.#done(`compose.open ${path}`)
      return { name: 'shop' }
    },
    configure: (name: string) => this.#done(`compose.configure ${name}`),
    forget: (name: string) => this.#done(`compose.forget ${name}`),
    check: async function* () {
      yield await Promise.resolve({ services: [], error: null })
    },
    run: async (name: string, { action }: { action: string }) => {
      await this.#done(`compose.run ${name} ${action}`)
      return fakeTask.id
    },
  }

  readonly builds = Object.assign(new EventEmitter<{ change: [] }>(), {
    list: [],
    refresh: () => Promise.resolve(),
    start: async () => {
      await this.#done('builds.start')
      return { id: 'b1' }
    },
    forecast: async () => {
      await this.#done('builds.forecast')
      return { comparedWith: null, steps: [] }
    },
    find: () => Promise.reject(new BerthError('build.not-found')),
    attach: () => () => undefined,
    output: () => ({ text: '', from: 0 }),
    cancel: (id: string) => this.#done(`builds.cancel ${id}`),
  })

  readonly ports = Object.assign(new EventEmitter<{ change: [PortForward[]] }>(), {
    forwards: [],
    retry: () => this.#done('ports.retry'),
  })

  readonly lanPorts: ApiServices['lanPorts'] = {
    set: ({ port, protocol }, open) =>
      this.#done(`ports.setNetwork ${String(port)}/${protocol} ${String(open)}`),
  }

  readonly stack: ApiServices['stack'] = {
    watch: () => ({ snapshot: () => undefined, subscribe: () => () => undefined }),
  }

  readonly requestPaths: ApiServices['requestPaths'] = {
    find: async ({ id }) => {
      await this.#done(`requestPaths.find ${id}`)
      return { hops: [] }
    },
  }

  readonly comparison: ApiServices['comparison'] = {
    start: () => {
      this.calls.push('comparison.start')
      return fakeTask.id
    },
  }

  readonly stats: FakeStats = new FakeStats(this.#done)

  readonly timelines: ApiServices['timelines'] = Object.assign(new EventEmitter<{ change: [] }>(), {
    ofContainer: () => [],
    ofProject: () => [],
    find: () => undefined,
  })

  readonly isolation: ApiServices['isolation'] = {
    watch: emptySource,
    process: emptySource,
    refusals: emptySource,
    layers: () => Promise.resolve({ driver: 'overlay2', layers: [] }),
    path: (_id, path) => Promise.resolve({ path, mount: false, found: [], link: '' }),
    changes: () => Promise.resolve({ changes: [], more: false }),
    limits: () => Promise.resolve(unlimited),
    setLimits: (id, { memory }) => this.#done(`isolation.setLimits ${id} ${String(memory)}`),
  }

  readonly imageLayers: ApiServices['imageLayers'] = {
    list: () => Promise.resolve({ driver: 'overlay2', readable: true, layers: [], steps: [], matched: true }),
    folder: async ({ path, layer }) => {
      await this.#done(`imageLayers.folder ${path} ${String(layer)}`)
      return { entries: [], count: 0, more: false }
    },
    waste: emptySource,
    find: emptySource,
    compare: emptySource,
  }

  readonly hints: ApiServices['hints'] = {
    watch: (id) => ({
      snapshot: () => {
        this.calls.push(`hints.watch ${String(id)}`)
        return { hints: [] }
      },
      subscribe: () => () => undefined,
    }),
    dismiss: ({ container, rule }, dismissed) =>
      this.#done(`hints.dismiss ${container} ${rule} ${String(dismissed)}`),
    mend: (id, rule) => this.#done(`hints.mend ${id} ${rule}`),
  }

  readonly files: ApiServices['files'] = {
    list: async function* () {
      yield await Promise.resolve({ entries: [], readOnly: false, truncated: false })
    },
    watch: emptySource,
    read: () => Promise.resolve({ kind: 'too-large', limit: 1 }),
    download: () => Promise.resolve({ stream: Readable.from(['content']), bytes: 7 }),
    upload: ({ path }) => this.#done(`files.upload ${path}`),
    makeFolder: ({ path }) => this.#done(`files.makeFolder ${path}`),
    rename: ({ path }, to) => this.#done(`files.rename ${path} ${to}`),
    remove: (_target, paths) => this.#done(`files.remove ${paths.join(' ')}`),
  }

  readonly projectFiles: ApiServices['projectFiles'] = {
    list: async function* (folder) {
      yield await Promise.resolve([
        { path: `${folder}/compose.yaml`, name: 'compose.yaml', kind: 'compose' as const },
      ])
    },
    read: () => Promise.resolve({ text: 'services: {}', version: '0'.repeat(64), writable: true }),
    save: async (path, { version }) => {
      await this.#done(`projectFiles.save ${path}`)
      return { version }
    },
    watch: emptySource,
  }

  readonly volumeContents: ApiServices['volumeContents'] = {
    clone: ({ name, to }) => this.#done(`volumes.clone ${name} ${to}`),
    empty: (name) => this.#done(`volumes.empty ${name}`),
  }

  readonly backups = Object.assign(new EventEmitter<{ change: [] }>(), {
    current: { backups: [], schedules: [], folder: '/backups' },
    create: async ({ volume }: { volume: string }) => {
      await this.#done(`backups.create ${volume}`)
      return fakeTask.id
    },
    open: async (id: string) => {
      await this.#done(`backups.open ${id}`)
      return { name: 'data.tar.gz', bytes: 7, stream: Readable.from(['archive']) }
    },
    remove: (id: string) => this.#done(`backups.remove ${id}`),
    restore: async ({ id, to }: { id: string; to: string }) => {
      await this.#done(`backups.restore ${id} ${to}`)
      return fakeTask.id
    },
    checkTarget: ({ to }: { to: string }) => this.#done(`backups.checkTarget ${to}`),
    restoreUpload: async ({ to }: { to: string }, file: Readable) => {
      await this.#done(`backups.restoreUpload ${to} ${await text(file)}`)
      return {}
    },
    setSchedule: ({ volume, keep }: { volume: string; keep: number }) =>
      this.#done(`backups.setSchedule ${volume} ${String(keep)}`),
    removeSchedule: (volume: string) => this.#done(`backups.removeSchedule ${volume}`),
  })

  /** There is no view of logs. */
  readonly logs: ApiServices['logs'] = {
    open: emptySource,
    view: () => {
      throw new BerthError('logs.view-closed')
    },
    text: () => Promise.resolve(Readable.from([])),
    kept: { list: () => Promise.resolve([]), clear: () => Promise.resolve() },
  }

  readonly terminals: ApiServices['terminals'] = {
    open: () => {
      const source = new FakeTerminal()
      this.shells.push(source)
      return Promise.resolve({ title: 'shell', source })
    },
    offers: (containerId) => {
      this.calls.push(`terminals.offers ${containerId}`)
      return Promise.resolve({ shells: ['/bin/sh'], users: ['root'], user: 'root', folder: '/' })
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
