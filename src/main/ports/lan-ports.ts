import type { NetworkPort } from '../../shared/ports'
import type { Settings, SettingsPatch } from '../../shared/settings'
import { sequencer } from '../lib'

/** The part of the settings store that {@link LanPorts} uses. */
export interface LanPortSettings {
  readonly current: Pick<Settings, 'networkPorts'>
  update(patch: SettingsPatch): Promise<void>
}

/** The published ports that the user has opened to the local network. The settings store these ports. */
export class LanPorts {
  readonly #settings: LanPortSettings
  /** Each change builds on the settings that the previous change has written. */
  readonly #oneAtATime = sequencer()

  constructor(settings: LanPortSettings) {
    this.#settings = settings
  }

  get current(): readonly NetworkPort[] {
    return this.#settings.current.networkPorts
  }

  /**
   * Opens a port to the local network, or closes it.
   * @throws BerthError settings.unwritable, settings.newer, settings.unreadable; the ports are then unchanged
   */
  set({ port, protocol }: NetworkPort, open: boolean): Promise<void> {
    return this.#oneAtATime(() => {
      const others = this.current.filter((other) => other.port !== port || other.protocol !== protocol)
      return this.#settings.update({ networkPorts: open ? [...others, { port, protocol }] : others })
    })
  }
}
