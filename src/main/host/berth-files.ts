import { homedir } from 'node:os'
import { join, posix, win32 } from 'node:path'
import { fwCfg, imageFile } from '../lib'

/** Every folder Berth writes to. Nothing is created here. */
export interface BerthPaths {
  /** Everything that this installation keeps. Two apps never share one. */
  home: string
  /** The data disk, the keys, and what Berth has learned about this host. */
  machine: string
  /** Files that only matter while a machine runs. */
  run: string
  /** The folder of the docker socket. */
  socket: string
  logs: string
  /** Built or downloaded guest images, one folder each, named `<arch>-<recipe>`. */
  guestCache: string
  /** The one guest image to use, when BERTH_GUEST_IMAGE names it. */
  guestImage?: string
  /** What a packaged app ships beside its code: `guest/` (an image) and `qemu/`. */
  resources?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** A file that Berth writes, or a folder. */
interface BerthFile {
  folder: 'home' | 'machine' | 'run' | 'socket' | 'logs'
  /** `*` at the end matches any text. */
  name: string
  /** A factory reset deletes it: `always`, or only when it resets the settings as well. Without this it stays. */
  reset?: 'always' | 'with-settings'
}

/**
 * Every file that Berth writes in its folders. Only these are elsewhere:
 * - the files of a guest image ({@link guestImageFiles});
 * - the Docker CLI's own files (docker-cli/);
 * - sockets for QEMU in the system's temporary folder (lib/one-peer.ts);
 * - temporary files beside the file that they replace.
 */
export const berthFiles = {
  /** Names the process that uses this home. */
  lock: { folder: 'home', name: 'berth.lock' },
  /** The user's settings. A reset of the settings writes the defaults. */
  settings: { folder: 'home', name: 'settings.json' },
  /** Settings that could not be read and were set aside, each with a time. They may hold passwords. */
  brokenSettings: { folder: 'home', name: 'settings.json.broken-*', reset: 'with-settings' },
  /** Logins to registries, on a host without a credential store. */
  registryLogins: { folder: 'home', name: 'registry-logins.json', reset: 'with-settings' },
  /** Electron's profile: the window's size, the renderer's preferences, caches. */
  windowProfile: { folder: 'home', name: 'window' },

  /** The data disk: everything worth keeping. */
  dataDisk: { folder: 'machine', name: 'data.qcow2', reset: 'always' },
  /** A data disk until it is whole. */
  newDataDisk: { folder: 'machine', name: 'data.qcow2.new' },
  /** The file that a compaction writes until it is complete. */
  compactedDataDisk: { folder: 'machine', name: 'data.qcow2.compacted', reset: 'always' },
  /** A data disk that a factory reset has begun to delete. */
  removedDataDisk: { folder: 'machine', name: 'data.qcow2.removed', reset: 'always' },
  /** How long the data disk's file was when its machine ended. */
  dataDiskLength: { folder: 'machine', name: 'data.qcow2.length', reset: 'always' },
  /** Is there while no machine has come up on the data disk. */
  blankDataDisk: { folder: 'machine', name: 'data.qcow2.never-up', reset: 'always' },
  /** The format of the data on the data disk, and the guest image that last used it. */
  dataFormat: { folder: 'machine', name: 'data.json', reset: 'always' },
  /** Is there while the user wants the data disk repaired. */
  repairWanted: { folder: 'machine', name: 'repair-wanted', reset: 'always' },
  /** The machine's SSH host key. */
  machineHostKey: { folder: 'machine', name: 'ssh_host_ed25519_key', reset: 'always' },
  /** The key with which Berth logs in to the machine. */
  machineClientKey: { folder: 'machine', name: 'id_ed25519', reset: 'always' },
  /** The memory of a suspended machine. It holds secrets. */
  suspendedMemory: { folder: 'machine', name: 'suspended.memory', reset: 'always' },
  /** What makes that memory valid. */
  suspendedRecord: { folder: 'machine', name: 'suspended.json', reset: 'always' },
  /** The accelerator on which the last machine came up. */
  accelerator: { folder: 'machine', name: 'accelerator.json', reset: 'always' },
  /** The files of guest images whose checksums were right. */
  verifiedImages: { folder: 'machine', name: 'verified-images.json', reset: 'always' },
  /** The guest images that came up, to go back to. */
  imageHistory: { folder: 'machine', name: 'images.json', reset: 'always' },
  /** Names a damaged guest image, while the user wants it downloaded again. */
  imageWanted: { folder: 'machine', name: 'image-wanted', reset: 'always' },
  /** The user's daemon.json of a Berth without settings. It becomes one of the next two. */
  oldDaemonFile: { folder: 'machine', name: 'daemon.json' },
  migratedDaemonFile: { folder: 'machine', name: 'daemon.json.migrated', reset: 'with-settings' },
  refusedDaemonFile: { folder: 'machine', name: 'daemon.json.refused', reset: 'with-settings' },

  /** The QEMU that runs, for the next app to end if this one dies. */
  qemuRecord: { folder: 'run', name: 'qemu.json' },
  /** Its process id, written by QEMU itself. */
  qemuPid: { folder: 'run', name: 'qemu.json.pid' },
  /** The same for the qemu-img of a compaction. */
  compactionRecord: { folder: 'run', name: 'compaction.json' },
  /** What the guest reads at its start (vm-assets/README.md, fw_cfg), under these names. */
  guestHostKey: { folder: 'run', name: fwCfg.sshHostKey },
  guestAuthorizedKeys: { folder: 'run', name: fwCfg.authorizedKeys },
  guestDaemonFile: { folder: 'run', name: fwCfg.daemonFile },
  guestCertificates: { folder: 'run', name: fwCfg.certificates },
  /** Leads a browser to the headless server, with the token that no argument list may show. */
  loginPage: { folder: 'run', name: 'open.html' },

  /** Where the docker tools find the engine; a named pipe on Windows. */
  dockerSocket: { folder: 'socket', name: 'docker.sock' },

  log: { folder: 'logs', name: 'berth.log' },
  olderLog: { folder: 'logs', name: 'berth.log.1' },
  /** The guest's serial console, of this launch and of the one before. */
  consoleLog: { folder: 'logs', name: 'console.log' },
  olderConsoleLog: { folder: 'logs', name: 'console.log.1' },
} as const satisfies Record<string, BerthFile>

export type BerthFileName = keyof typeof berthFiles

/** The files of a guest image, in a folder of its own. */
export const guestImageFiles = {
  ...imageFile,
  /** Berth itself put the image into the cache, and may remove it. */
  keptMark: 'kept-by-berth',
  /** Beginnings of the names of folders in the cache that are not whole yet. */
  keeping: '.keeping-',
  downloading: '.downloading-',
} as const

/** The path of a file. */
export function berthFile<N extends BerthFileName>(
  paths: Readonly<Record<(typeof berthFiles)[N]['folder'], string>>,
  which: N,
): string {
  const { folder, name }: { folder: (typeof berthFiles)[N]['folder']; name: string } = berthFiles[which]
  return join(paths[folder], name)
}

/** What a factory reset deletes, as `berthFiles` says. */
export function filesOfReset(options: { settings: boolean }): BerthFile[] {
  return Object.values<BerthFile>(berthFiles).filter(
    ({ reset }) => reset === 'always' || (options.settings && reset === 'with-settings'),
  )
}

/**
 * The folders for a host. BERTH_HOME moves all of them, BERTH_GUEST_CACHE the guest images alone,
 * BERTH_GUEST_IMAGE names a single image, and `resources` is the folder of a packaged app.
 */
export function berthPaths(env: Environment, platform: NodeJS.Platform, resources?: string): BerthPaths {
  const path = platform === 'win32' ? win32 : posix
  // Suspended machines and Docker tools refer to files of this folder by absolute path.
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
