import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'

/** Every folder Berth keeps something in. Nothing is created here. */
export interface BerthPaths {
  /** All that this installation keeps; two apps never share one. */
  home: string
  /** The data disk, the keys and what was learned about this host. */
  machine: string
  /** Files that only matter while a machine runs. */
  run: string
  /** The folder of the docker socket. */
  socket: string
  logs: string
  /** Built or downloaded guest images, one folder each. */
  guestCache: string
  /** The one guest image to use, when BERTH_GUEST_IMAGE names it. */
  guestImage?: string
  /** What a packaged app ships beside its code: `guest/` (an image) and `qemu/`. */
  resources?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The folders for a host. BERTH_HOME moves all of them, BERTH_GUEST_CACHE the guest images alone,
 * BERTH_GUEST_IMAGE names a single image, and `resources` is the folder of a packaged app.
 */
export function berthPaths(env: Environment, platform: NodeJS.Platform, resources?: string): BerthPaths {
  const path = platform === 'win32' ? win32 : posix
  // A suspended machine and what docker is told know its files by their whole paths.
  const home = path.resolve(env.BERTH_HOME ?? defaultHome(env, platform))
  const run = path.join(home, 'run')
  // Java's tools (Testcontainers, IDEs) refuse a DOCKER_HOST with a space, as "Application Support" has one.
  const isSpaced = platform === 'darwin' && env.BERTH_HOME === undefined
  return {
    home,
    machine: path.join(home, 'machine'),
    run,
    socket: isSpaced ? posix.join(userFolder(env), '.berth') : run,
    logs: path.join(home, 'logs'),
    guestCache: env.BERTH_GUEST_CACHE ?? defaultGuestCache(env, platform, home),
    ...(env.BERTH_GUEST_IMAGE ? { guestImage: env.BERTH_GUEST_IMAGE } : {}),
    ...(resources === undefined ? {} : { resources }),
  }
}

function userFolder(env: Environment): string {
  return env.HOME ?? homedir()
}

function defaultHome(env: Environment, platform: NodeJS.Platform): string {
  switch (platform) {
    case 'darwin':
      return posix.join(userFolder(env), 'Library', 'Application Support', 'Berth')
    case 'win32':
      return win32.join(env.LOCALAPPDATA ?? win32.join(homedir(), 'AppData', 'Local'), 'Berth')
    default:
      return posix.join(env.XDG_DATA_HOME ?? posix.join(userFolder(env), '.local', 'share'), 'berth')
  }
}

function defaultGuestCache(env: Environment, platform: NodeJS.Platform, home: string): string {
  if (platform === 'win32') return win32.join(home, 'guest')
  if (platform === 'darwin' || env.BERTH_HOME) return posix.join(home, 'guest')
  return posix.join(env.XDG_CACHE_HOME ?? posix.join(userFolder(env), '.cache'), 'berth', 'guest')
}
