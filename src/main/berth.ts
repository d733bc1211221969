import type { AppInfo } from '../shared/contract'
import type { DockerTools } from '../shared/docker-cli'
import type { RunRequest } from '../shared/containers'
import { BerthError } from '../shared/errors'
import type { MachineState } from '../shared/machine'
import type { MountsState } from '../shared/mounts'
import type { SessionTarget, TerminalSize } from '../shared/sessions'
import type { BerthOptions } from './berth-options'
import { Diagnostics } from './diagnostics'
import { Configuration, GuestFiles, moveDaemonFile } from './configuration'
import { Disk } from './disk'
import { IdlePause, Machine, Maintenance } from './machine'
import { dockerConfigFolder, DockerAccess, withContainerProxy } from './docker-cli'
import { dockerSocketPath, whenRunning } from './docker-socket'
import { Engine, engineSocketPath, EngineState } from './engine'
import { restartContainer, runContainer, startContainer } from './containers'
import { followSettings } from './follow-settings'
import { acquireAppLock, type AppLock, type FileWatch, type Logger } from './host'
import { defaultSettings, SettingsStore } from './settings'
import { dockerInterceptors } from './interceptors'
import { Mounts } from './mounts'
import { HostNetworkPorts, NetworkPorts, PortForwarder } from './ports'
import { findQemu, hostArch, qemuSearch } from './qemu'
import { MachineDns, systemProxy } from './network'
import { RegistryLogins } from './registries'
import { SessionList } from './sessions'
import { SshLink } from './ssh'
import { step } from './step'
import { type OpenedTerminal, openTerminal, Reaper } from './terminals'

/**
 * All services, put together for one home folder.
 * @throws BerthError host.already-running, host.folder-unwritable, settings.newer, settings.unreadable
 */
export async function createBerth(options: BerthOptions): Promise<Berth> {
  const { paths, log, defaults = defaultSettings() } = options
  const lock = await acquireAppLock(paths)
  try {
    const settings = await SettingsStore.open({ folder: paths.home, log, defaults })
    await moveDaemonFile(paths, settings, log)
    return new Berth(options, lock, settings)
  } catch (error) {
    await lock.release()
    throw error
  }
}

export class Berth {
  readonly log: Logger
  readonly info: AppInfo
  readonly machine: Machine
  readonly mounts: Mounts
  readonly engine: Engine
  readonly configuration: Configuration
  /** Logins to registries. */
  readonly logins: RegistryLogins
  readonly state: EngineState
  readonly ports: PortForwarder
  readonly networkPorts: NetworkPorts
  readonly sessions: SessionList
  readonly disk: Disk
  /** How the host's own docker tools find the engine. */
  readonly dockerHost: DockerAccess
  readonly diagnostics: Diagnostics
  readonly maintenance: Maintenance
  readonly #dns: MachineDns
  readonly #reaper: Reaper
  readonly #settingsWatch: FileWatch
  #up: Promise<void> | undefined
  #down: Promise<void> | undefined

  constructor(
    private readonly options: BerthOptions,
    private readonly lock: AppLock,
    readonly settings: SettingsStore,
  ) {
    const { log, paths, host, platform } = options
    this.log = log
    this.info = { version: host.version, host: host.kind, platform }
    this.mounts = new Mounts({
      log,
      platform,
      ownFolder: paths.home,
      dockerSocket: dockerSocketPath(paths, platform),
      ...(options.startFileServerThread === undefined ? {} : { startThread: options.startFileServerThread }),
    })
    const link = new SshLink({ log })
    this.engine = new Engine({ link })
    const guestFiles = new GuestFiles({ settings, systemProxy: () => systemProxy(options.env, platform) })
    this.machine = new Machine({
      paths,
      log,
      link,
      settings: () => settings.current.machine,
      guestFiles: () => guestFiles.create(),
      waitForEngine: (signal) => this.engine.waitUntilReady(signal),
      mountsPort: this.mounts,
      suspendParticipants: [this.mounts.suspendParticipant],
    })
    const { hostForward } = this.machine
    this.logins = new RegistryLogins({
      home: paths.home,
      dockerConfigFolder: dockerConfigFolder(options.env, platform),
      env: options.env,
      platform,
      log,
      engine: this.engine,
    })
    this.#dns = new MachineDns({ log, servers: () => settings.current.dns.servers })
    this.configuration = new Configuration({
      paths,
      log,
      settings,
      machine: this.machine,
      link,
      engine: this.engine,
      dns: this.#dns,
      guestFiles,
    })
    this.state = new EngineState({ engine: this.engine, link, log })
    this.networkPorts = new NetworkPorts(settings)
    this.ports = new PortForwarder({
      hostForward,
      link,
      log,
      networkPorts: () => this.networkPorts.current,
      hostNetwork: new HostNetworkPorts({ link, log }),
      state: this.state,
    })
    this.sessions = new SessionList({ log })
    this.disk = new Disk({ paths, machine: this.machine, link, engine: this.engine })
    const search = qemuSearch({ platform, arch: hostArch(), env: options.env, paths })
    this.maintenance = new Maintenance({
      paths,
      log,
      machine: this.machine,
      settings,
      logins: this.logins,
      qemuImg: async () => (await findQemu(search)).qemuImg,
    })
    this.#reaper = new Reaper(link, log)
    this.dockerHost = new DockerAccess({
      paths,
      platform,
      env: options.env,
      log,
      openEngine: () => link.openUnixSocket(engineSocketPath),
      beforeRequest: () => whenRunning(this.machine),
      interceptors: dockerInterceptors({
        mounts: this.mounts,
        engine: this.engine,
        ports: this.ports,
        state: this.state,
      }),
    })
    this.diagnostics = new Diagnostics({
      paths,
      log,
      platform,
      env: options.env,
      about: { version: host.version, host: host.kind },
      arch: hostArch(),
      settings: () => settings.current,
      updateSettings: (patch) => settings.update(patch),
      machine: this.machine,
      link,
      dns: this.#dns,
      ports: this.ports,
      dockerHost: this.dockerHost,
      disk: this.disk,
      engine: this.engine,
      logins: this.logins,
    })
    const idlePause = new IdlePause({
      machine: this.machine,
      minutes: () => settings.current.power.pauseAfterMinutes,
      isBusy: () => this.#isBusy(),
      log,
    })
    this.machine.setMaxListeners(0)
    this.state.setMaxListeners(0)
    this.ports.setMaxListeners(0)
    this.#followMachine()
    const { mounts, ports, dockerHost } = this
    this.#settingsWatch = followSettings({ log, settings, mounts, ports, dockerHost, idlePause })
    host.onWake?.(() => {
      this.machine.hostWoke()
    })
  }

  /** A machine with any of this must not pause, though nothing may pass over its link for long. */
  #isBusy(): boolean {
    const containers = this.state.snapshot()?.containers
    return (
      containers === undefined ||
      containers.some(({ state }) => state === 'running' || state === 'restarting') ||
      this.sessions.list().some(({ ended, target }) => !ended && target?.kind !== 'host') ||
      this.dockerHost.socket.activity.working > 0 ||
      this.engine.inFlight > 0
    )
  }

  /**
   * Starts the machine. A failure is in the machine's state, for the screen to show, as well. Rejects with
   * machine.not-running when the app is shut down meanwhile.
   */
  async start(): Promise<void> {
    this.#up ??= this.dockerHost.start(this.settings.current.docker)
    await this.#up
    if (this.#down !== undefined) throw new BerthError('machine.not-running')
    await this.machine.start()
  }

  quit(): void {
    this.options.host.quit()
  }

  /** Ends everything, the machine last but for the lock. May be called again. */
  shutdown(): Promise<void> {
    this.#down ??= this.#shutDown()
    return this.#down
  }

  onMachineState(listener: (state: MachineState) => void): () => void {
    this.machine.on('state', listener)
    return () => this.machine.off('state', listener)
  }

  onDockerTools(listener: (tools: DockerTools) => void): () => void {
    this.dockerHost.on('change', listener)
    return () => this.dockerHost.off('change', listener)
  }

  onMounts(listener: (state: MountsState) => void): () => void {
    this.mounts.on('change', listener)
    return () => this.mounts.off('change', listener)
  }

  onConfiguration(listener: () => void): () => void {
    this.configuration.on('change', listener)
    return () => this.configuration.off('change', listener)
  }

  /** See {@link Mounts.bindSource}. */
  bindSource(hostPath: string): Promise<string> {
    return this.mounts.bindSource(hostPath)
  }

  async runContainer(request: RunRequest): Promise<{ id: string }> {
    const { env, platform } = this.options
    const { dockerHost } = this.dockerHost.tools
    const configFolder = dockerConfigFolder(env, platform)
    return runContainer(this, await withContainerProxy(request, { configFolder, dockerHost }))
  }

  async startContainer(id: string): Promise<void> {
    await this.mounts.lookAgain()
    return startContainer(this, id)
  }

  async restartContainer(id: string): Promise<void> {
    await this.mounts.lookAgain()
    return restartContainer(this, id)
  }

  /** Starts a shell. @throws BerthError, see the three kinds */
  openTerminal(target: SessionTarget, size: TerminalSize): Promise<OpenedTerminal> {
    const { machine, engine, options } = this
    return openTerminal(target, size, {
      link: machine.link,
      reaper: this.#reaper,
      containers: engine.containers,
      containerName: (id) => this.state.containers.get(id)?.name,
      env: options.env,
      platform: options.platform,
      dockerHost: this.dockerHost.tools.dockerHost,
    })
  }

  #followMachine(): void {
    this.machine.on('state', ({ phase }) => {
      if (phase === 'running') this.state.start()
      // Its connections outlast a pause, and what they told still holds.
      if (phase === 'running' || phase === 'paused') return
      this.state.stop()
      void step(this.log, 'ports', () => this.ports.closeAll())
      if (phase === 'stopped' || phase === 'failed') this.#reaper.forget()
    })
  }

  async #shutDown(): Promise<void> {
    this.#settingsWatch.close()
    await step(this.log, 'sessions', () => this.sessions.closeAll())
    await step(this.log, 'docker socket', async () => {
      await this.#up
      await this.dockerHost.close()
    })
    await step(this.log, 'ports', () => this.ports.closeAll())
    await step(this.log, 'state', () => {
      this.state.stop()
      this.engine.close()
    })
    const { suspendOnQuit } = this.settings.current.power
    await step(this.log, 'machine', () => (suspendOnQuit ? this.machine.suspend() : this.machine.stop()))
    await step(this.log, 'dns', () => this.#dns.close())
    await step(this.log, 'mounts', () => this.mounts.close())
    await step(this.log, 'lock', () => this.lock.release())
  }
}
