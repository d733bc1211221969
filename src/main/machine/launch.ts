import type { Accelerator } from '../../shared/machine'
import type { MachineSettings } from '../../shared/settings'
import type { GuestImage } from '../guest-image'
import { berthFile, type BerthPaths, type Logger } from '../host'
import type { PeerAddress } from '../lib'
import {
  type AcceleratorMemory,
  archiveConsoleLog,
  type GuestArch,
  hostArch,
  type LaunchOptions,
  type MountsPort,
  pidFile,
  type ProofScope,
  qemuArguments,
  type QemuInstallation,
  VirtualMachine,
} from '../qemu'
import type { MachineKeys } from './ssh-keys'

/** The host on which a machine starts, and the things that the host gives to the guest. */
export interface MachineHost {
  paths: BerthPaths
  log: Logger
  platform: NodeJS.Platform
  arch: GuestArch
  env: Readonly<Record<string, string | undefined>>
  /** Returns the files that the guest gets at a start, name → content (vm-assets/README.md, fw_cfg). */
  guestFiles: () => Promise<Readonly<Record<string, string>>>
  /** Without it the machine has no shared folders. */
  mountsPort?: Pick<MountsPort, 'listen' | 'confirm'> | undefined
}

export type MachineHostOptions = Pick<MachineHost, 'paths' | 'log'> & Partial<MachineHost>

/** Makes a host from the options. The platform, architecture and environment default to those of this process. */
export function machineHost(options: MachineHostOptions): MachineHost {
  const { paths, log, platform = process.platform, arch = hostArch(), env = process.env } = options
  const { guestFiles = () => Promise.resolve({}), mountsPort } = options
  return { paths, log, platform, arch, env, guestFiles, mountsPort }
}

/** Everything that a launch needs. A start has found, verified or made these things. */
export interface PreparedMachine {
  image: GuestImage
  qemu: QemuInstallation
  keys: MachineKeys
  dataDisk: string
  /** True if the guest has to read and repair its whole data disk, which takes long. */
  repairDisk: boolean
  accelerators: AcceleratorMemory
  proofScope: ProofScope
  /** The files that the guest reads below `fwCfg.folder`: name → path on the host. */
  guestFiles: Readonly<Record<string, string>>
}

/** The values that may differ between two launches of a prepared machine. */
export interface LaunchChoice {
  settings: MachineSettings
  accelerator: Accelerator
  /** QEMU waits for the memory of a suspended machine instead of booting. */
  incoming?: boolean
}

/** A machine whose QEMU runs, and the values with which it was launched. */
export interface LaunchedMachine {
  vm: VirtualMachine
  prepared: PreparedMachine
  choice: LaunchChoice
}

/**
 * Starts QEMU.
 * @throws BerthError, see {@link VirtualMachine.launch}
 */
export async function launch(
  host: MachineHost,
  prepared: PreparedMachine,
  choice: LaunchChoice,
  signal: AbortSignal,
): Promise<VirtualMachine> {
  const { paths, log } = host
  const { qemu, dataDisk } = prepared
  await archiveConsoleLog(berthFile(paths, 'consoleLog'))
  const mounts = await host.mountsPort?.listen()
  const args = machineArguments(host, prepared, choice)
  return VirtualMachine.launch(
    {
      binary: qemu.system,
      args: (addresses) => {
        const all = args({ ...addresses, ...(mounts === undefined ? {} : { mounts }) })
        return choice.incoming === true ? [...all, '-incoming', 'defer'] : all
      },
      dataDisk,
      recordFile: berthFile(paths, 'qemuRecord'),
      log,
    },
    signal,
  )
}

/**
 * Returns a function that makes QEMU's arguments. Its parameter is the addresses, which are known only during a launch.
 */
export function machineArguments(
  { paths, platform, arch }: MachineHost,
  { image, qemu, dataDisk, repairDisk, guestFiles }: PreparedMachine,
  { settings, accelerator }: LaunchChoice,
): (addresses: Parameters<LaunchOptions['args']>[0] & { mounts?: PeerAddress }) => string[] {
  return (addresses) =>
    qemuArguments({
      platform,
      arch,
      accelerator,
      qemuMajor: qemu.major,
      cpus: settings.cpus,
      memoryMiB: settings.memoryMiB,
      // An emulated processor needs a second to unpack the kernel, so it gets the unpacked kernel. A real processor
      // gets the packed kernel, which unpacks itself to a random address (KASLR).
      kernel: accelerator === 'tcg' ? (image.unpackedKernel ?? image.kernel) : image.kernel,
      initrd: image.initrd,
      rootImage: image.root,
      dataDisk,
      repairDisk,
      ...addresses,
      consoleLog: berthFile(paths, 'consoleLog'),
      pidFile: pidFile(berthFile(paths, 'qemuRecord')),
      fwCfg: guestFiles,
    })
}
