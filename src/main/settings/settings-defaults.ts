import { realpathSync, statSync } from 'node:fs'
import { availableParallelism, homedir, tmpdir, totalmem } from 'node:os'
import type { MachineSettings, Settings } from '../../shared/settings'

/** The host's processors and memory. */
export interface HostSize {
  cpus: number
  memoryMiB: number
}

export function hostSize(): HostSize {
  return { cpus: availableParallelism(), memoryMiB: Math.floor(totalmem() / 2 ** 20) }
}

/**
 * The machine gets a quarter of the host's memory, in steps of half a GiB, but at least 2 and at most 8 GiB. It gets
 * all processors of the host but one, but at least 2 and at most 8. It never gets more processors than the host has.
 */
export function defaultMachineSettings(host: HostSize): MachineSettings {
  return {
    cpus: clamp(host.cpus - 1, Math.min(2, host.cpus), 8),
    memoryMiB: clamp(Math.floor(host.memoryMiB / 4 / 512) * 512, 2048, 8192),
    diskGiB: 64,
  }
}

/**
 * The user's own folder for temporary files, outside of the home folder. macOS gives each user such a folder: all of
 * the user's programs write temporary files there, and no other user can read them. Undefined on systems without such a
 * folder.
 */
export function ownTemporaryFolder(homeFolder: string, folder: string = tmpdir()): string | undefined {
  try {
    const path = realpathSync(folder)
    const { mode, uid } = statSync(path)
    const isOwn = uid === process.getuid?.() && (mode & 0o077) === 0
    const home = realpathSync(homeFolder)
    // Shared folders may not be nested.
    const isNested = `${path}/`.startsWith(`${home}/`) || `${home}/`.startsWith(`${path}/`)
    return isOwn && !isNested ? path : undefined
  } catch {
    return undefined
  }
}

/** The values of the sections that the user has not set. */
export function defaultSettings(host: HostSize = hostSize(), homeFolder: string = homedir()): Settings {
  const temporary = ownTemporaryFolder(homeFolder)
  return {
    machine: defaultMachineSettings(host),
    sharedFolders: [homeFolder, ...(temporary === undefined ? [] : [temporary])].map((path) => ({
      path,
      writable: true,
    })),
    registries: { mirrors: [], insecure: [], certificates: [] },
    proxy: { mode: 'system', http: '', https: '', exclude: [] },
    dns: { servers: [] },
    daemon: {},
    power: { pauseAfterMinutes: 5, suspendOnQuit: true },
    networkPorts: [],
    docker: { context: true, useContext: false },
    logs: { keepMiB: 500 },
    terminal: { detachKeys: '' },
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
