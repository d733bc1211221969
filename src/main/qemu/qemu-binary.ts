import { join } from 'node:path'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import { findProgram, runProgram } from '../lib'
import type { BerthPaths } from '../host'
import { qemuBinaryName, type GuestArch } from './qemu-command'

/** The QEMU to use. */
export interface QemuInstallation {
  /** The path of the system emulator. */
  system: string
  /** The path of qemu-img. */
  qemuImg: string
  /** In QEMU's words, e.g. `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)`. */
  version: string
  major: number
}

export interface QemuSearch {
  platform: NodeJS.Platform
  arch: GuestArch
  /** The folder of a packaged app. If the folder contains a QEMU, that QEMU is preferred. */
  resources?: string
  /** The folders to search, in PATH's form. */
  path: string
}

/** Where to search for QEMU on a host. */
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

/**
 * Finds QEMU and asks for its version.
 * @throws BerthError host.qemu-missing; machine.qemu-start if it does not run
 */
export async function findQemu(search: QemuSearch): Promise<QemuInstallation> {
  const { platform, arch } = search
  // The two searches must not run in parallel: if both programs are missing, the error should always name the same one.
  const system = await findBinary(search, qemuBinaryName(platform, arch))
  const qemuImg = await findBinary(search, platform === 'win32' ? 'qemu-img.exe' : 'qemu-img')
  const version = await versionOf(system)
  return { system, qemuImg, version, major: Number(/version (\d+)/.exec(version)?.[1] ?? 0) }
}

async function findBinary(search: QemuSearch, binary: string): Promise<string> {
  const { platform, arch, resources, path } = search
  const found = await findProgram(binary, {
    before: resources === undefined ? [] : [join(resources, 'qemu', 'bin'), join(resources, 'qemu')],
    path,
    // A Mac app that was started with a double click does not have Homebrew in its PATH.
    after: platform === 'win32' ? ['C:\\Program Files\\qemu'] : ['/opt/homebrew/bin', '/usr/local/bin'],
  })
  if (found !== undefined) return found
  throw new BerthError('host.qemu-missing', { binary, install: installCommand(platform, arch) })
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

/** `--version` also proves that the program runs: its libraries exist, and it was built for this processor. */
async function versionOf(system: string): Promise<string> {
  const options = { stdin: 'ignore', timeout: 20_000, reject: false } as const
  const { failed, stdout, stderr, shortMessage, cause } = await runProgram(system, ['--version'], options)
  const line = stdout.split(/\r?\n/)[0]?.trim() ?? ''
  if (!failed && line !== '') return line
  const lastError = stderr.trim().split(/\r?\n/).at(-1) ?? ''
  const reason = lastError !== '' ? lastError : (shortMessage ?? phrases['version-missing'])
  throw new BerthError('machine.qemu-start', { reason }, { detail: stderr, cause })
}
