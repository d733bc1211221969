import { homedir } from 'node:os'
import { join, posix, win32 } from 'node:path'
import { fwCfg, imageFile } from '../lib'

/** The folders of Berth's own files. Nothing is created here. */
export interface BerthPaths {
  /** Holds everything that this installation keeps. Two apps never use the same home folder. */
  home: string
  /** Holds the data disk, the keys, and the facts that Berth has learned about this host. */
  machine: string
  /** Holds files that are used only while Berth or its machine runs. */
  run: string
  /** The folder of the docker socket. */
  socket: string
  logs: string
  /** Holds built or downloaded guest images. Each has a folder `<arch>-<recipe>`. */
  guestCache: string
  /** The only guest image to use, if BERTH_GUEST_IMAGE names one. */
  guestImage?: string
  /** The files that a packaged app ships beside its code: `guest/` (a guest image) and `qemu/`. */
  resources?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** A file that Berth writes, or a folder. */
interface BerthFile {
  folder: 'home' | 'machine' | 'run' | 'socket' | 'logs'
  /** `*` at the end matches any text. */
  name: string
  /** Whether a factory reset deletes the file: always, only if it also resets the settings, or never (undefined). */
  reset?: 'always' | 'with-settings'
}

/**
 * Every file that Berth writes in its folders. Only these files are defined or stored elsewhere:
 * - the files of a guest image ({@link guestImageFiles});
 * - the Docker CLI's own files (docker-cli/);
 * - sockets for QEMU in the system's temporary folder (lib/one-peer.ts);
 * - temporary files beside the file that they replace.
 */
export const berthFiles = {
  /** Names the process that uses this home folder. */
  lock: { folder: 'home', name: 'berth.lock' },
  /** The user's settings. A reset of the settings writes the defaults. */
  settings: { folder: 'home', name: 'settings.json' },
  /** Copies of settings files that could not be read. Each name ends with a time. They may hold passwords. */
  brokenSettings: { folder: 'home', name: 'settings.json.broken-*', reset: 'with-settings' },
  /** Logins to registries, on a host without a credential store. */
  registryLogins: { folder: 'home', name: 'registry-logins.json', reset: 'with-settings' },
  /** Holds the history of tasks and their logs. A factory reset deletes its files through `Tasks.forget`. */
  tasks: { folder: 'home', name: 'task-history' },
  /** Holds the timelines. A factory reset deletes its files through `Timelines.forget`. */
  timelines: { folder: 'home', name: 'kept-timelines' },
  /** The user's groups of containers, and the pinned containers. */
  containerGroups: { folder: 'home', name: 'container-groups.json', reset: 'always' },
  /** The user's progress in Learn. It holds the path of the example's folder. */
  learnProgress: { folder: 'home', name: 'learn-progress.json', reset: 'always' },
  /** The hints that the user has dismissed. It holds names of containers. */
  dismissedHints: { folder: 'home', name: 'dismissed-hints.json', reset: 'always' },
  /** Holds the backups of volumes. A factory reset keeps them: they are for restoring what it deletes. */
  backups: { folder: 'home', name: 'volume-backups' },
  /** When to back up which volume. */
  backupSchedules: { folder: 'home', name: 'backup-schedules.json', reset: 'with-settings' },
  /** The compose projects that the user has opened. It holds the paths of their files. */
  composeProjects: { folder: 'home', name: 'compose-projects.json', reset: 'with-settings' },
  /** What decided whether the last builds found their steps in the cache. It holds the names of the builds' files. */
  buildFacts: { folder: 'home', name: 'build-facts', reset: 'always' },
  /** Electron's profile. It holds the window's size, the renderer's preferences and caches. */
  windowProfile: { folder: 'home', name: 'window' },

  /** The data disk. It holds everything worth keeping. */
  dataDisk: { folder: 'machine', name: 'data.qcow2', reset: 'always' },
  /** A new data disk, until it is complete. */
  newDataDisk: { folder: 'machine', name: 'data.qcow2.new' },
  /** The copy that a compaction writes, until it replaces the data disk. */
  compactedDataDisk: { folder: 'machine', name: 'data.qcow2.compacted', reset: 'always' },
  /** A data disk that a factory reset has begun to delete. */
  removedDataDisk: { folder: 'machine', name: 'data.qcow2.removed', reset: 'always' },
  /** The length of the data disk's file when its machine ended. */
  dataDiskLength: { folder: 'machine', name: 'data.qcow2.length', reset: 'always' },
  /** Exists until a guest has booted with the data disk for the first time. */
  blankDataDisk: { folder: 'machine', name: 'data.qcow2.never-up', reset: 'always' },
  /** The format of the data on the data disk, and the guest image that used the disk last. */
  dataFormat: { folder: 'machine', name: 'data.json', reset: 'always' },
  /** Exists from the user's request for a repair until the repair is done. */
  repairWanted: { folder: 'machine', name: 'repair-wanted', reset: 'always' },
  /** The machine's SSH host key. */
  machineHostKey: { folder: 'machine', name: 'ssh_host_ed25519_key', reset: 'always' },
  /** The key with which Berth logs in to the machine. */
  machineClientKey: { folder: 'machine', name: 'id_ed25519', reset: 'always' },
  /** The memory of a suspended machine. It holds secrets. */
  suspendedMemory: { folder: 'machine', name: 'suspended.memory', reset: 'always' },
  /** The record of the suspended machine. Without this file, the memory is not valid. */
  suspendedRecord: { folder: 'machine', name: 'suspended.json', reset: 'always' },
  /** The unix sockets of this computer that containers may connect to. */
  hostSockets: { folder: 'machine', name: 'host-sockets.json', reset: 'always' },
  /** The replacements of containers that have begun and not ended. It holds names and ids. */
  replacements: { folder: 'machine', name: 'replacements.json', reset: 'always' },
  /** The containers that ran when Berth last lost the engine. It holds ids. */
  interruptedContainers: { folder: 'machine', name: 'interrupted-containers.json', reset: 'always' },
  /** The steps that a backup or restore has to undo. It holds names and ids. */
  unfinishedBackups: { folder: 'machine', name: 'unfinished-backups.json', reset: 'always' },
  /** The accelerator on which the last machine has booted. */
  accelerator: { folder: 'machine', name: 'accelerator.json', reset: 'always' },
  /** Lists the files of guest images whose checksums were correct. */
  verifiedImages: { folder: 'machine', name: 'verified-images.json', reset: 'always' },
  /** Lists the guest images that have booted. The user can go back to the previous one. */
  imageHistory: { folder: 'machine', name: 'images.json', reset: 'always' },
  /** Names a damaged guest image. The next start downloads it again. */
  imageWanted: { folder: 'machine', name: 'image-wanted', reset: 'always' },
  /** The user's daemon.json from a version of Berth without settings. It is renamed to one of the next two names. */
  oldDaemonFile: { folder: 'machine', name: 'daemon.json' },
  migratedDaemonFile: { folder: 'machine', name: 'daemon.json.migrated', reset: 'with-settings' },
  refusedDaemonFile: { folder: 'machine', name: 'daemon.json.refused', reset: 'with-settings' },

  /** Names the running QEMU. If this app dies, the next app can end that QEMU. */
  qemuRecord: { folder: 'run', name: 'qemu.json' },
  /** The process id of the running QEMU. QEMU itself writes it. */
  qemuPid: { folder: 'run', name: 'qemu.json.pid' },
  /** Like `qemuRecord`, for the qemu-img of a compaction. */
  compactionRecord: { folder: 'run', name: 'compaction.json' },
  /** Like `qemuRecord` and `qemuPid`, for the small VM that is measured against a container. */
  comparisonRecord: { folder: 'run', name: 'comparison.json' },
  comparisonPid: { folder: 'run', name: 'comparison.json.pid' },
  /** These four files are passed to the guest, which reads them at its start (vm-assets/README.md, fw_cfg). */
  guestHostKey: { folder: 'run', name: fwCfg.sshHostKey },
  guestAuthorizedKeys: { folder: 'run', name: fwCfg.authorizedKeys },
  guestDaemonFile: { folder: 'run', name: fwCfg.daemonFile },
  guestCertificates: { folder: 'run', name: fwCfg.certificates },
  /** A page that leads a browser to the headless server. It holds the token, which no argument list may show. */
  loginPage: { folder: 'run', name: 'open.html' },

  /** The docker socket. On Windows, a named pipe is used instead. */
  dockerSocket: { folder: 'socket', name: 'docker.sock' },

  log: { folder: 'logs', name: 'berth.log' },
  olderLog: { folder: 'logs', name: 'berth.log.1' },
  /** The output of the guest's serial console. `olderConsoleLog` holds the output of the previous launch. */
  consoleLog: { folder: 'logs', name: 'console.log' },
  olderConsoleLog: { folder: 'logs', name: 'console.log.1' },
} as const satisfies Record<string, BerthFile>

export type BerthFileName = keyof typeof berthFiles

/** The files of a guest image. Each image has its own folder. */
export const guestImageFiles = {
  ...imageFile,
  /** Marks an image that Berth itself has put into the cache. Only Berth's own images may be removed. */
  keptMark: 'kept-by-berth',
  /** The names of folders that are not complete yet begin with one of these. */
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

/** The files of `berthFiles` that a factory reset deletes. */
export function filesOfReset(options: { settings: boolean }): BerthFile[] {
  return Object.values<BerthFile>(berthFiles).filter(
    ({ reset }) => reset === 'always' || (options.settings && reset === 'with-settings'),
  )
}

/**
 * The folders for a host. BERTH_HOME moves all of them. BERTH_GUEST_CACHE moves only the guest images.
 * BERTH_GUEST_IMAGE names a single guest image. `resources` is the folder of a packaged app.
 */
export function berthPaths(
  environment: Environment,
  platform: NodeJS.Platform,
  resources?: string,
): BerthPaths {
  // An empty variable counts as not set (XDG Base Directory Specification).
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const path = platform === 'win32' ? win32 : posix
  // The path must be absolute, because suspended machines and docker tools store absolute paths of files in it.
  const home = path.resolve(env.BERTH_HOME ?? defaultHome(env, platform))
  const run = path.join(home, 'run')
  // Java tools (Testcontainers, IDEs) refuse a DOCKER_HOST with a space. On macOS, "Application Support" contains one.
  const isSpaced = platform === 'darwin' && env.BERTH_HOME === undefined
  return {
    home,
    machine: path.join(home, 'machine'),
    run,
    socket: isSpaced ? posix.join(userFolder(env), '.berth') : run,
    logs: path.join(home, 'logs'),
    guestCache: path.resolve(env.BERTH_GUEST_CACHE ?? defaultGuestCache(env, platform, home)),
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
