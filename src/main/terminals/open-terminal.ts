import type { SessionTarget, TerminalSize } from '../../shared/sessions'
import type { TerminalSource } from '../sessions'
import { openContainerTerminal, type ContainerExec } from './container-terminal'
import { openHostTerminal } from './host-terminal'
import { openMachineTerminal, type ShellLink } from './machine-terminal'
import type { Reaper } from './reaper'

export interface TerminalServices {
  link: ShellLink
  reaper: Reaper
  containers: ContainerExec
  /** Undefined for an unknown container. */
  containerName: (id: string) => string | undefined
  env: Readonly<Record<string, string | undefined>>
  platform: NodeJS.Platform
  /** The value of DOCKER_HOST for shells on this computer. */
  dockerHost: string
}

export interface OpenedTerminal {
  title: string
  source: TerminalSource
}

/**
 * Starts a shell in a container, in the machine or on this computer.
 * @throws BerthError see the three kinds
 */
export async function openTerminal(
  target: SessionTarget,
  size: TerminalSize,
  services: TerminalServices,
): Promise<OpenedTerminal> {
  const { link, reaper, containers, env, platform, dockerHost } = services
  switch (target.kind) {
    case 'container': {
      const { containerId } = target
      const name = services.containerName(containerId) ?? containerId
      const source = await openContainerTerminal({ containers, reaper, containerId, name, size })
      return { title: name, source }
    }
    case 'machine':
      return { title: 'machine', source: await openMachineTerminal({ link, reaper, size }) }
    case 'host':
      return { title: 'host', source: await openHostTerminal({ size, env, platform, dockerHost }) }
  }
}
