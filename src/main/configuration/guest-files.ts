import type { Settings } from '../../shared/settings'
import { berthFiles } from '../host'
import { machineProxy, type Proxy } from '../network'
import { hostSize, type SettingsStore } from '../settings'
import { daemonFile, type DaemonFile } from './daemon-file'
import type { EngineFiles } from './engine-configuration'
import { validateSettings } from './validate-settings'

export interface GuestFilesOptions {
  settings: Pick<SettingsStore, 'current'>
  /** The host's own proxy. */
  systemProxy: () => Promise<Proxy | undefined>
}

/** Makes the files that the machine gets at its start: dockerd's configuration, and the certificates that it trusts. */
export class GuestFiles {
  readonly #options: GuestFilesOptions
  #proxy: Proxy | undefined
  /** True while the user's daemon.json is left out, because dockerd did not start with it. */
  #leavesOutDaemon = false

  constructor(options: GuestFilesOptions) {
    this.#options = options
  }

  /** The proxy in the files that were made last. */
  get proxy(): Proxy | undefined {
    return this.#proxy
  }

  /**
   * The content of each file, by its name.
   * @throws BerthError, see {@link validateSettings}
   */
  async create(): Promise<Record<string, string>> {
    const { current } = this.#options.settings
    // The user may have edited the settings file, or copied it from a larger computer.
    validateSettings({ machine: current.machine }, { ...hostSize(), leastDiskGiB: 0 })
    const { daemon, certificates } = await this.forEngine(
      this.#leavesOutDaemon ? { ...current, daemon: {} } : current,
    )
    return {
      [berthFiles.guestDaemonFile.name]: JSON.stringify(daemon),
      [berthFiles.guestCertificates.name]: certificates,
    }
  }

  /**
   * The configuration that dockerd should have.
   * @throws BerthError, see {@link validateSettings}
   */
  async forEngine(settings = this.#options.settings.current): Promise<EngineFiles> {
    const { registries, proxy, daemon } = settings
    validateSettings({ registries, daemon }, { ...hostSize(), leastDiskGiB: 0 })
    this.#proxy = await machineProxy(proxy, this.#options.systemProxy)
    return {
      daemon: daemonFile({ registries, daemon }, this.#proxy),
      certificates: registries.certificates.map(({ pem }) => pem).join(''),
    }
  }

  /** The daemon.json for these settings. The settings need not be saved. */
  async daemonFor(settings: Settings): Promise<DaemonFile> {
    return daemonFile(settings, await machineProxy(settings.proxy, this.#options.systemProxy))
  }

  /** Runs `work`. During this time, the files are made without the user's daemon.json. */
  async withoutDaemon(work: () => Promise<void>): Promise<void> {
    this.#leavesOutDaemon = true
    try {
      await work()
    } finally {
      this.#leavesOutDaemon = false
    }
  }
}
