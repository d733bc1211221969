import { once } from 'node:events'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ok, warning, type Check, type DiagnosticsContext } from '../check'

/** Engines of others that answer on this host. */
export const otherDocker: Check = {
  id: 'other-docker',
  async run(context, signal) {
    const places = Object.entries(engineSockets(context))
    const found = await Promise.all(places.map(([, path]) => answers(path, signal)))
    const names = places.filter((_, index) => found[index]).map(([name]) => name)
    return names.length === 0
      ? ok('other-docker.none')
      : warning('other-docker.found', { names: names.join(', ') })
  },
}

/** Where the usual ones listen: product → socket or pipe. */
export function engineSockets({ platform, env }: Pick<DiagnosticsContext, 'platform' | 'env'>) {
  if (platform === 'win32') {
    const pipe = (name: string) => `\\\\.\\pipe\\${name}`
    return {
      'Docker Desktop': pipe('dockerDesktopLinuxEngine'),
      Podman: pipe('podman-machine-default'),
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

/** A socket that nobody listens on any more is only a file. */
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
