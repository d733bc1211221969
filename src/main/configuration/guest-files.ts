import type { Settings } from '../../shared/settings'
import { berthFiles } from '../host'
import { machineProxy, type Proxy } from '../network'
import { hostSize, type SettingsStore } from '../settings'
import { checkSettings } from './validate-settings'
import { daemonFile, type DaemonFile } from './daemon-file'
import type { EngineFiles } from './engine-configuration'

export interface GuestFilesOptions {
  settings: Pick<SettingsStore, 'current'>
  /** The host's own proxy. */
  systemProxy: () => Promise<Proxy | undefined>
}

/** Makes the files that the machine gets at its start: dockerd's configuration and the certificates it trusts. */
export class GuestFiles {
  readonly #options: GuestFilesOptions
  #proxy: Proxy | undefined
  /** dockerd did not start with the user's daemon.json: it is left out. */
  #leavesOutDaemon = false

  constructor(options: GuestFilesOptions) {
    this.#options = options
  }

  /** The proxy that the files last made name. */
  get proxy(): Proxy | undefined {
    return this.#proxy
  }

  /**
   * The content of each file, by its name.
   * @throws BerthError, see {@link validateSettings}
   */
  async create(): Promise<Record<string, string>> {
    const { current } = this.#options.settings
    // The settings may have been written by hand, or come from a larger computer.
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
   * What dockerd should be configured with.
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

  /** The daemon.json that settings which are not saved yet would make. */
  async daemonFor(settings: Settings): Promise<DaemonFile> {
    return daemonFile(settings, await machineProxy(settings.proxy, this.#options.systemProxy))
  }

  /** Leaves the user's daemon.json out of the files that are made during `work`. */
  async withoutDaemon(work: () => Promise<void>): Promise<void> {
    this.#leavesOutDaemon = true
    try {
      await work()
    } finally {
      this.#leavesOutDaemon = false
    }
  }
}
