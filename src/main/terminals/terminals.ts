import type { SessionTarget, TerminalSize } from '../../shared/sessions'
import type { Settings } from '../../shared/settings'
import type { EngineState } from '../engine'
import type { Logger } from '../host'
import type { TerminalSource } from '../sessions'
import { openContainerTerminal, type ContainerExec } from './container-terminal'
import { openHostTerminal } from './host-terminal'
import { openMachineTerminal, type ShellLink } from './machine-terminal'
import { Reaper, type ReaperLink } from './reaper'

export interface TerminalsOptions {
  link: ShellLink & ReaperLink
  log: Logger
  engine: { readonly containers: ContainerExec }
  /** Gives the names of the containers. */
  state: Pick<EngineState, 'containers'>
  env: Readonly<Record<string, string | undefined>>
  platform: NodeJS.Platform
  /** The value of DOCKER_HOST for shells on this computer. */
  dockerHost: string
  settings: () => Settings['terminal']
}

/** Opens shells: in a container, in the machine and on this computer. */
export class Terminals {
  readonly #options: TerminalsOptions
  readonly #reaper: Reaper

  constructor(options: TerminalsOptions) {
    this.#options = options
    this.#reaper = new Reaper(options.link, options.log)
  }

  /**
   * Starts a shell. The title is the name that the session shows.
   * @throws BerthError as `openContainerTerminal`, `openMachineTerminal` and `openHostTerminal`
   */
  async open(target: SessionTarget, size: TerminalSize): Promise<{ title: string; source: TerminalSource }> {
    const { link, engine, state, env, platform, dockerHost, settings } = this.#options
    const reaper = this.#reaper
    switch (target.kind) {
      case 'container': {
        const { containerId } = target
        const { containers } = engine
        const name = state.containers.get(containerId)?.name ?? containerId
        const detachKeys = settings().detachKeys || undefined
        const source = await openContainerTerminal({
          containers,
          reaper,
          containerId,
          name,
          size,
          detachKeys,
        })
        return { title: name, source }
      }
      case 'machine':
        return { title: 'machine', source: await openMachineTerminal({ link, reaper, size }) }
      case 'host':
        return { title: 'host', source: await openHostTerminal({ size, env, platform, dockerHost }) }
    }
  }

  /** Call this when the machine has stopped, which has also ended all processes of closed terminals. */
  machineStopped(): void {
    this.#reaper.forget()
  }
}
