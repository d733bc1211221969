import type { NetworkPort } from '../../shared/ports'
import type { Settings, SettingsPatch } from '../../shared/settings'

/** What is needed of the settings. */
export interface NetworkPortSettings {
  readonly current: Pick<Settings, 'networkPorts'>
  update(patch: SettingsPatch): Promise<void>
}

/** The user's choice of published ports that the local network may reach, kept in the settings. */
export class NetworkPorts {
  readonly #settings: NetworkPortSettings
  /** One change after the other: each builds on what the settings say. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(settings: NetworkPortSettings) {
    this.#settings = settings
  }

  get current(): readonly NetworkPort[] {
    return this.#settings.current.networkPorts
  }

  /** Opens a port to the local network, or no longer. Rejects with settings.unwritable; nothing has changed then. */
  set({ port, protocol }: NetworkPort, open: boolean): Promise<void> {
    const change = this.#last.then(() => {
      const others = this.current.filter((other) => other.port !== port || other.protocol !== protocol)
      return this.#settings.update({ networkPorts: open ? [...others, { port, protocol }] : others })
    })
    this.#last = change.catch(() => undefined)
    return change
  }
}
