import { once } from 'node:events'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { dockerContextName } from '../../../shared/docker-cli'
import { ok, warning, type Check, type DiagnosticsContext } from '../check'
import { currentContext } from './context'

/** Checks whether another product's Docker engine runs on this host, and whether the Docker CLI uses that engine. */
export const otherDocker: Check = {
  id: 'other-docker',
  async run(context, signal) {
    const places = Object.entries<string>(engineSockets(context))
    const found = await Promise.all(places.map(([, path]) => answers(path, signal)))
    const names = places.filter((_, index) => found[index]).map(([name]) => name)
    if (names.length === 0) return ok('other-docker.none')
    const { env, platform } = context
    const used = await currentContext(env, platform)
    const named = { names: names.join(', ') }
    const current = env.DOCKER_HOST ? 'DOCKER_HOST' : used.name
    if (current === dockerContextName) return ok('other-docker.beside', named)
    const quit = names.map((name) => waysToQuit[name] ?? name).join('; ')
    // A variable overrides the current context. The check of the docker context says what to do.
    const isChosen = current === 'DOCKER_HOST' || used.isChosen
    return warning('other-docker.used', { ...named, current, quit }, isChosen ? {} : { fix: 'use-context' })
  },
}

/** A command or a menu item that quits each product. */
const waysToQuit: Readonly<Record<string, string>> = {
  'Docker Desktop': 'Docker Desktop → Quit',
  'Docker Desktop for Linux': 'systemctl --user stop docker-desktop',
  Colima: 'colima stop',
  'Rancher Desktop': 'rdctl shutdown',
  OrbStack: 'orb stop',
  'Podman machine': 'podman machine stop',
  Podman: 'systemctl --user stop podman.socket',
  '/var/run/docker.sock (Docker)': 'sudo systemctl stop docker.service docker.socket',
  'docker_engine (Docker)': 'Docker → Quit',
}

/** The sockets or pipes of the usual products. */
export function engineSockets({ platform, env }: Pick<DiagnosticsContext, 'platform' | 'env'>) {
  if (platform === 'win32') {
    const pipe = (name: string) => `\\\\.\\pipe\\${name}`
    return {
      'Docker Desktop': pipe('dockerDesktopLinuxEngine'),
      'Podman machine': pipe('podman-machine-default'),
      'docker_engine (Docker)': pipe('docker_engine'),
    }
  }
  const home = env.HOME ?? homedir()
  return {
    'Docker Desktop': join(home, '.docker/run/docker.sock'),
    'Docker Desktop for Linux': join(home, '.docker/desktop/docker.sock'),
    Colima: join(home, '.colima/default/docker.sock'),
    'Rancher Desktop': join(home, '.rd/docker.sock'),
    OrbStack: join(home, '.orbstack/run/docker.sock'),
    'Podman machine': join(home, '.local/share/containers/podman/machine/podman.sock'),
    Podman: join(env.XDG_RUNTIME_DIR ?? '/run', 'podman/podman.sock'),
    '/var/run/docker.sock (Docker)': '/var/run/docker.sock',
  }
}

/** True if an engine listens. Connects to find out, because the file of a socket stays when its listener has ended. */
async function answers(path: string, signal: AbortSignal): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect', { signal })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
