import { homedir } from 'node:os'
import type { AppInfo } from '../shared/contract'
import { BerthError } from '../shared/errors'
import type { Settings } from '../shared/settings'
import { runsCompose } from '../shared/tasks'
import { Backups } from './backups'
import { Builds } from './builds'
import { ProjectFiles } from './project-files'
import { Compose } from './compose'
import { Configuration, GuestFiles, moveDaemonFile } from './configuration'
import {
  BulkActions,
  ContainerActions,
  ContainerChanges,
  ContainerGroupList,
  ReplacementJournal,
  Replacements,
} from './containers'
import { Diagnostics } from './diagnostics'
import { Disk } from './disk'
import { dockerConfigFolder, DockerAccess } from './docker-cli'
import { dockerInterceptors, dockerSocketPath, TimelineObserver, whenRunning } from './docker-socket'
import { Engine, engineSocketPath, EngineState, EventLog } from './engine'
import { Files, LayerFolders, VolumeContents } from './files'
import { followMachine, isMachineBusy } from './follow-machine'
import { followSettings } from './follow-settings'
import {
  acquireAppLock,
  type AppLock,
  berthFile,
  type BerthPaths,
  type FileWatch,
  type Logger,
  step,
} from './host'
import { Hints } from './hints'
import { ImageTasks } from './images'
import { ImageLayers } from './image-layers'
import { Isolation } from './isolation'
import { Learn } from './learn'
import { Logs } from './logs'
import { IdlePause, Machine, Maintenance } from './machine'
import { FileCopies, HostFolders, HostSockets, Mounts, type StartThread } from './mounts'
import { MachineDns, systemProxy } from './network'
import { NetworkActions, ReachTest } from './networks'
import { LanPorts, PortForwarder } from './ports'
import { findQemu, hostArch, qemuSearch } from './qemu'
import { ImageCatalogue, RegistryLogins } from './registries'
import { SessionList } from './sessions'
import { defaultSettings, SettingsStore } from './settings'
import { shareCommand, shareForContainers } from './share-folder'
import { SshLink } from './ssh'
import { Comparison, RequestPaths, Stack } from './stack'
import { ContainerStats } from './stats'
import { Tasks } from './tasks'
import { Terminals } from './terminals'
import { type KeptTimelines, Timelines } from './timelines'
import { Downloads, Uploads } from './transfers'

/** The tasks that each app host, Electron and headless, does in its own way. */
export interface AppHost {
  readonly kind: AppInfo['host']
  /** Berth's own version. */
  readonly version: string
  /** The program that starts this app, and the arguments that it always needs. */
  readonly program: readonly string[]
  /** Begins to quit the app with an orderly shutdown. */
  quit(): void
  /** Calls the listener whenever the system reports that it has woken from sleep. Not every system does. */
  onWake?(listener: () => void): void
}

export interface BerthOptions {
  paths: BerthPaths
  log: Logger
  host: AppHost
  env: Readonly<Record<string, string | undefined>>
  platform: AppInfo['platform']
  /** The default settings. Tests replace them. */
  defaults?: Settings
  /** Starts the thread that serves shared folders. The default is the thread's script in the app's bundle. */
  startFileServerThread?: StartThread
}

/**
 * Locks the home folder, reads its settings and makes all services.
 * @throws BerthError host.already-running, host.folder-unwritable, host.no-space; as `SettingsStore.open` and
 * {@link moveDaemonFile}
 */
export async function createBerth(options: BerthOptions): Promise<Berth> {
  const { paths, log, defaults = defaultSettings() } = options
  const lock = await acquireAppLock(paths)
  try {
    const settings = await SettingsStore.open({ folder: paths.home, log, defaults })
    await moveDaemonFile(paths, settings, log)
    const tasks = await Tasks.open({ folder: berthFile(paths, 'tasks'), log })
    const timelines = await Timelines.read(berthFile(paths, 'timelines'), log)
    return new Berth(options, { lock, settings, tasks, timelines })
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** What is read before the services are created. */
interface OpenedFiles {
  lock: AppLock
  settings: SettingsStore
  tasks: Tasks
  timelines: KeptTimelines
}

/** All services of one home folder. Each service uses only services that are created before it. */
export class Berth {
  readonly log: Logger
  readonly host: AppHost
  readonly info: AppInfo
  readonly settings: SettingsStore
  readonly mounts: Mounts
  /** Browses the folders of this computer. */
  readonly hostFolders: HostFolders
  readonly engine: Engine
  readonly machine: Machine
  readonly logins: RegistryLogins
  /** The images of known registries. */
  readonly catalogue: ImageCatalogue
  readonly configuration: Configuration
  /** A copy of the engine's containers, images, volumes and networks. */
  readonly state: EngineState
  /** The last events of the engine. */
  readonly events: EventLog
  readonly lanPorts: LanPorts
  readonly ports: PortForwarder
  readonly sessions: SessionList
  readonly downloads: Downloads
  readonly uploads = new Uploads()
  readonly tasks: Tasks
  /** What happened when containers were run or started, step by step. */
  readonly timelines: Timelines
  readonly images: ImageTasks
  readonly disk: Disk
  readonly maintenance: Maintenance
  /** Gives this computer's docker tools access to the engine. */
  readonly dockerAccess: DockerAccess
  readonly builds: Builds
  /** The text files of compose projects. */
  readonly projectFiles: ProjectFiles
  readonly compose: Compose
  readonly containers: ContainerActions
  readonly networks: NetworkActions
  /** Tries whether a container can reach another one, or a host. */
  readonly reach: ReachTest
  /** The facts about all layers, from the hardware to the engine. */
  readonly stack: Stack
  /** Finds the path of a request from this computer to a process in a container. */
  readonly requestPaths: RequestPaths
  /** Measures a container against a VM. */
  readonly comparison: Comparison
  readonly stats: ContainerStats
  /** Shows how the kernel isolates containers. */
  readonly isolation: Isolation
  readonly imageLayers: ImageLayers
  /** Finds what could hurt the user later in the setup of containers. */
  readonly hints: Hints
  readonly files: Files
  readonly volumeContents: VolumeContents
  readonly backups: Backups
  /** Runs, edits and updates of containers. */
  readonly changes: ContainerChanges
  /** Actions on many containers. */
  readonly bulkActions: BulkActions
  /** The user's groups of containers. */
  readonly containerGroups: ContainerGroupList
  /** Guided tasks for a first course about Docker. */
  readonly learn: Learn
  readonly terminals: Terminals
  readonly logs: Logs
  readonly diagnostics: Diagnostics
  readonly #lock: AppLock
  readonly #dns: MachineDns
  readonly #settingsWatch: FileWatch
  #starting: Promise<void> | undefined
  #shuttingDown: Promise<void> | undefined

  constructor(options: BerthOptions, { lock, settings, tasks, timelines: keptTimelines }: OpenedFiles) {
    const { log, paths, host, platform, env, startFileServerThread: startThread } = options
    this.log = log
    this.host = host
    this.info = { version: host.version, host: host.kind, platform }
    this.settings = settings
    this.#lock = lock

    const link = new SshLink({ log })
    const mounts = new Mounts({
      log,
      platform,
      ownFolder: paths.home,
      dockerSocket: dockerSocketPath(paths, platform),
      sockets: new HostSockets({ link, paths, log, env, platform }),
      shareCommand: (folder) => shareCommand(host.program, folder),
      fileCopies: new FileCopies({ link, log, platform }),
      ...(startThread === undefined ? {} : { startThread }),
    })
    const engine = new Engine({ link })
    const guestFiles = new GuestFiles({ settings, systemProxy: () => systemProxy(env, platform) })
    const machine = new Machine({
      paths,
      log,
      link,
      settings: () => settings.current.machine,
      guestFiles: () => guestFiles.create(),
      waitForEngine: (signal) => engine.waitUntilReady(signal),
      mountsPort: mounts,
      suspendParticipants: [mounts.suspendParticipant],
    })
    const configFolder = dockerConfigFolder(env, platform)
    const logins = new RegistryLogins({
      home: paths.home,
      dockerConfigFolder: configFolder,
      env,
      platform,
      log,
      engine,
    })
    const dns = new MachineDns({ log, servers: () => settings.current.dns.servers })
    this.configuration = new Configuration({ paths, log, settings, machine, link, engine, dns, guestFiles })
    const state = new EngineState({ engine, link, log })
    const events = new EventLog({ state })
    this.events = events
    const lanPorts = new LanPorts(settings)
    const { hostForward } = machine
    const ports = new PortForwarder({ hostForward, link, log, state, lanPorts })
    // The services and every window of the app add listeners. Node would warn about more than ten.
    for (const emitter of [machine, state, ports, tasks]) emitter.setMaxListeners(0)
    const timelines = Timelines.create(
      {
        log,
        engine,
        state,
        link,
        ports,
        isEmulated: () => machine.state.accelerator?.name === 'tcg',
        isComposing: (project) => runsCompose(tasks.list(), project),
      },
      keptTimelines,
    )
    const sessions = new SessionList({ log })
    const disk = new Disk({ paths, machine, link, engine })
    const search = qemuSearch({ platform, arch: hostArch(), env, paths })
    const qemuImg = async () => (await findQemu(search)).qemuImg
    this.maintenance = new Maintenance({
      paths,
      log,
      machine,
      settings,
      logins,
      tasks,
      timelines,
      qemuImg,
    })
    const dockerAccess = new DockerAccess({
      paths,
      platform,
      env,
      log,
      openEngine: () => link.openUnixSocket(engineSocketPath),
      beforeRequest: () => whenRunning(machine),
      interceptors: dockerInterceptors({ mounts, engine, ports, state, timelines }),
      observer: new TimelineObserver({ timelines, state }),
    })
    const engineAddress = dockerAccess.tools.dockerHost
    const dockerCli = { configFolder, dockerHost: engineAddress }
    const actions = new ContainerActions({ engine, state, ports, mounts, dockerCli, timelines })
    const journal = new ReplacementJournal({ paths, log })
    this.containers = actions
    this.bulkActions = new BulkActions({ actions, engine })
    const groups = new ContainerGroupList({ home: paths.home, log, state })
    this.containerGroups = groups
    const renamed = (before: string, name: string) => groups.renamed(before, name)
    this.changes = new ContainerChanges({
      engine,
      state,
      actions,
      replacements: new Replacements({ engine, state, ports, mounts, actions, journal, renamed, log }),
      mounts,
      layerFolders: new LayerFolders({ link, engine }),
      loginFor: (reference) => logins.forImage(reference),
      tasks,
      timelines,
      log,
    })
    this.networks = new NetworkActions({ engine, state })
    this.reach = new ReachTest({ link, engine })
    this.stack = new Stack({ folder: paths.home, log, machine, link, state, engine })
    this.requestPaths = new RequestPaths({ machine, link, state, ports })
    this.comparison = new Comparison({ paths, log, platform, machine, link, state, engine, tasks })
    this.stats = new ContainerStats({ link, state, engine, log })
    this.isolation = new Isolation({ link, engine, state })
    this.imageLayers = new ImageLayers({ link, engine, state })
    const uses = () => this.stats.watch()
    this.hints = new Hints({ paths, log, link, engine, state, events, ports, lanPorts, uses })
    const files = new Files({ link, engine })
    this.files = files
    this.volumeContents = new VolumeContents({ link, engine, files })
    this.backups = new Backups({ paths, log, link, engine, state, files, tasks })
    this.hostFolders = new HostFolders({
      platform,
      homeFolder: homedir(),
      ownFolder: paths.home,
      sharedFolders: () => mounts.state.folders,
    })
    this.builds = new Builds({
      link,
      mounts,
      hostFolders: this.hostFolders,
      logins,
      state,
      tasks,
      timelines,
      factsFolder: berthFile(paths, 'buildFacts'),
      log,
    })
    const isDockerfileOfBuild = (path: string) => this.builds.isDockerfile(path)
    this.projectFiles = new ProjectFiles({ mounts, isDockerfileOfBuild, log })
    this.compose = new Compose({
      home: paths.home,
      log,
      link,
      tasks,
      timelines,
      state,
      mounts,
      ports,
      logins,
      dockerCli,
    })
    const terminals = new Terminals({
      link,
      log,
      engine,
      state,
      env,
      platform,
      dockerHost: engineAddress,
      settings: () => settings.current.terminal,
    })
    this.diagnostics = new Diagnostics({
      paths,
      log,
      platform,
      env,
      about: { version: host.version, host: host.kind },
      arch: hostArch(),
      settings: () => settings.current,
      updateSettings: (patch) => settings.update(patch),
      machine,
      link,
      dns,
      ports,
      dockerAccess,
      disk,
      engine,
      logins,
    })
    const logs = new Logs({ link, log, engine, state, keepMiB: () => settings.current.logs.keepMiB })
    const idlePause = new IdlePause({
      machine,
      link,
      minutes: () => settings.current.power.pauseAfterMinutes,
      isBusy: () =>
        isMachineBusy({
          state,
          sessions,
          tasks,
          dockerAccess,
          engine,
          link,
          downloads: this.downloads,
        }),
      log,
    })

    followMachine({ log, machine, state, ports, terminals, logs })
    settings.on('change', () => {
      this.catalogue.forget()
    })
    this.#settingsWatch = followSettings({
      log,
      settings,
      mounts,
      ports,
      dockerAccess,
      idlePause,
      logs,
      machine,
    })
    host.onWake?.(() => {
      machine.hostWoke()
      void this.backups.runDue()
    })

    this.mounts = mounts
    this.engine = engine
    this.machine = machine
    this.logins = logins
    this.catalogue = new ImageCatalogue({ link, logins, settings: () => settings.current.registries, log })
    this.#dns = dns
    this.state = state
    this.learn = new Learn({
      ...{ home: paths.home, log, platform, link, engine, state, events, ports },
      ...{ builds: this.builds, isolation: this.isolation },
      share: (folder) => shareForContainers({ folder, hostFolders: this.hostFolders, settings, mounts }),
    })
    this.lanPorts = lanPorts
    this.ports = ports
    this.sessions = sessions
    this.downloads = new Downloads({ log })
    this.tasks = tasks
    this.timelines = timelines
    this.images = new ImageTasks({ engine, logins, link, tasks, timelines })
    this.disk = disk
    this.dockerAccess = dockerAccess
    this.terminals = terminals
    this.logs = logs
  }

  /**
   * Opens the docker socket and starts the machine. A failure is thrown, and the machine state shows it in the window.
   * @throws BerthError machine.not-running when the app shuts down in the meantime; as `Machine.start`
   */
  async start(): Promise<void> {
    this.#starting ??= this.dockerAccess.start(this.settings.current.docker)
    await this.#starting
    if (this.#shuttingDown !== undefined) throw new BerthError('machine.not-running')
    await this.machine.start()
  }

  /** Ends all services. Later calls wait for the end of the first call. */
  shutdown(): Promise<void> {
    this.#shuttingDown ??= this.#shutDown()
    return this.#shuttingDown
  }

  async #shutDown(): Promise<void> {
    const { log } = this
    this.#settingsWatch.close()
    this.backups.close()
    await step(log, 'sessions', () => this.sessions.closeAll())
    await step(log, 'tasks', () => this.tasks.closeAll())
    await step(log, 'docker socket', async () => {
      await this.#starting
      await this.dockerAccess.close()
    })
    await step(log, 'timelines', () => this.timelines.close())
    await step(log, 'ports', () => this.ports.closeAll())
    await step(log, 'state', async () => {
      this.stack.close()
      this.stats.close()
      await this.learn.close()
      this.state.stop()
      this.engine.close()
      await this.hints.close()
    })
    const { suspendOnQuit } = this.settings.current.power
    await step(log, 'machine', () => (suspendOnQuit ? this.machine.suspend() : this.machine.stop()))
    await step(log, 'dns', () => this.#dns.close())
    await step(log, 'mounts', () => this.mounts.close())
    await step(log, 'lock', () => this.#lock.release())
  }
}
