import type { SessionTarget, TerminalSize } from '../../shared/sessions'
import { toolShell, type ShellOffers } from '../../shared/shells'
import type { Settings } from '../../shared/settings'
import type { EngineState } from '../engine'
import type { Logger } from '../host'
import type { TerminalSource } from '../sessions'
import { openContainerTerminal, type ContainerExec } from './container-terminal'
import { openHostTerminal } from './host-terminal'
import { openMachineTerminal, type ShellLink } from './machine-terminal'
import { Reaper, type ReaperLink } from './reaper'
import { openToolTerminal, readShellOffers, type ProcessFinder } from './tool-terminal'

export interface TerminalsOptions {
  link: ShellLink & ReaperLink
  log: Logger
  engine: { readonly containers: ContainerExec & ProcessFinder }
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
   * @throws BerthError as `openContainerTerminal`, `openToolTerminal`, `openMachineTerminal` and `openHostTerminal`
   */
  async open(target: SessionTarget, size: TerminalSize): Promise<{ title: string; source: TerminalSource }> {
    const { link, engine, state, env, platform, dockerHost, settings } = this.#options
    const reaper = this.#reaper
    switch (target.kind) {
      case 'container': {
        const { containerId, shell, user, folder } = target
        const choice = { shell, user, folder }
        const { containers } = engine
        const name = state.containers.get(containerId)?.name ?? containerId
        if (choice.shell === toolShell) {
          const source = await openToolTerminal({ containers, link, reaper, containerId, name, size, choice })
          return { title: name, source }
        }
        const detachKeys = settings().detachKeys || undefined
        const source = await openContainerTerminal({
          containers,
          reaper,
          containerId,
          name,
          size,
          choice,
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

  /**
   * The shells and users of a running container.
   * @throws BerthError as `readShellOffers`
   */
  offers(containerId: string): Promise<ShellOffers> {
    const { link, engine, state } = this.#options
    const name = state.containers.get(containerId)?.name ?? containerId
    return readShellOffers({ containers: engine.containers, link, containerId, name })
  }

  /** Call this when the machine has stopped, which has also ended all processes of closed terminals. */
  machineStopped(): void {
    this.#reaper.forget()
  }
}
