import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { BerthError } from '../../shared/errors'
import { message } from '../lib'
import type { BerthPaths } from '../host'
import { qemuBinaryName, type GuestArch } from './qemu-command'

/** The QEMU that this launch uses. */
export interface QemuInstallation {
  /** The system emulator's path. */
  system: string
  /** qemu-img's path. */
  image: string
  /** As it names itself, e.g. `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)`. */
  version: string
  major: number
}

export interface QemuSearch {
  platform: NodeJS.Platform
  arch: GuestArch
  /** A packaged app's own QEMU is looked at first. */
  resources?: string
  /** Where programs are looked for, in PATH's form. */
  path: string
}

/** Where QEMU is looked for on a host. */
export function qemuSearch(host: {
  platform: NodeJS.Platform
  arch: GuestArch
  env: Readonly<Record<string, string | undefined>>
  paths: Pick<BerthPaths, 'resources'>
}): QemuSearch {
  const { platform, arch, env, paths } = host
  const { resources } = paths
  return { platform, arch, path: env.PATH ?? '', ...(resources === undefined ? {} : { resources }) }
}

/** Finds QEMU and asks for its version. Rejects with host.qemu-missing or, when it does not run, machine.qemu-start. */
export async function findQemu(search: QemuSearch): Promise<QemuInstallation> {
  const { platform, arch } = search
  // One after the other, so that the same one is always named when both are missing.
  const system = await findProgram(search, qemuBinaryName(platform, arch))
  const image = await findProgram(search, platform === 'win32' ? 'qemu-img.exe' : 'qemu-img')
  const version = await versionOf(system)
  return { system, image, version, major: Number(/version (\d+)/.exec(version)?.[1] ?? 0) }
}

async function findProgram(search: QemuSearch, binary: string): Promise<string> {
  const { platform, arch, resources, path } = search
  const usual = platform === 'win32' ? ['C:\\Program Files\\qemu'] : ['/opt/homebrew/bin', '/usr/local/bin']
  const folders = [
    ...(resources === undefined ? [] : [join(resources, 'qemu', 'bin'), join(resources, 'qemu')]),
    ...path.split(delimiter).filter((folder) => folder !== ''),
    // A Mac app that was started by a double click does not have Homebrew in its PATH.
    ...usual,
  ]
  for (const folder of folders) {
    const file = join(folder, binary)
    if (await isExecutable(file)) return file
  }
  throw new BerthError('host.qemu-missing', { binary, install: installCommand(platform, arch) })
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function installCommand(platform: NodeJS.Platform, arch: GuestArch): string {
  switch (platform) {
    case 'darwin':
      return 'brew install qemu'
    case 'win32':
      return 'winget install --exact --id SoftwareFreedomConservancy.QEMU'
    default:
      return `sudo apt-get install ${arch === 'arm64' ? 'qemu-system-arm' : 'qemu-system-x86'} qemu-utils`
  }
}

/** `--version` also proves that the program runs at all: its libraries are found, it is for this processor. */
function versionOf(system: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(system, ['--version'], { windowsHide: true, timeout: 20_000 }, (error, stdout, stderr) => {
      const line = stdout.split(/\r?\n/)[0]?.trim() ?? ''
      if (!error && line !== '') {
        resolve(line)
        return
      }
      const said = stderr.trim().split(/\r?\n/).at(-1) ?? ''
      const reason = said !== '' ? said : error ? message(error) : 'it does not say its version'
      reject(new BerthError('machine.qemu-start', { reason }, { detail: stderr, cause: error }))
    })
  })
}
