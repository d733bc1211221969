import { release } from 'node:os'
import { join } from 'node:path'
import { BerthError } from '../../shared/errors'
import type { Accelerator, MachineState } from '../../shared/machine'
import type { MachineSettings } from '../../shared/settings'
import { ensurePrivateFolder, type PeerAddress, writePrivateFile } from '../lib'
import { berthFile, berthFiles, type BerthPaths, type Logger } from '../host'
import {
  AcceleratorMemory,
  archiveConsoleLog,
  endOrphan,
  findQemu,
  type GuestArch,
  type LaunchOptions,
  type MountsPort,
  pidFile,
  type ProofScope,
  qemuArguments,
  type QemuInstallation,
  qemuSearch,
  VirtualMachine,
} from '../qemu'
import { assertNotTruncated, assertUnused, deleteLeftovers, ensureDataDisk, refuseNewerData } from '../disk'
import {
  downloadGuestImage,
  findGuestImage,
  type GuestImage,
  GuestSystem,
  openGuestImage,
  releaseUrl,
  renewImage,
  type ReportProgress,
} from '../guest-image'
import { beginStep, progressStep, withImage } from './lifecycle'
import { machineKeys, type MachineKeys } from './keys'
import { isRepairWanted, repairImage } from './repair'

/** The host a machine is started on, and what it is started from. */
export interface MachineHost {
  paths: BerthPaths
  log: Logger
  platform: NodeJS.Platform
  arch: GuestArch
  env: Readonly<Record<string, string | undefined>>
  /** What the guest is given at each start, name → content (vm-assets/README.md, fw_cfg). */
  guestFiles: () => Promise<Readonly<Record<string, string>>>
  /** Without it the machine has no shared folders. */
  mountsPort?: Pick<MountsPort, 'listen' | 'confirm'> | undefined
}

/** Everything a boot needs, found, checked or made. */
export interface PreparedMachine {
  image: GuestImage
  qemu: QemuInstallation
  keys: MachineKeys
  dataDisk: string
  /** It is looked through whole and repaired, which takes its time. */
  repairDisk: boolean
  accelerators: AcceleratorMemory
  proofScope: ProofScope
  /** What the guest reads under `fwCfg.folder`: name → file. */
  guestFiles: Readonly<Record<string, string>>
}

/** Takes the machine from one state to the next. */
export type ChangeState = (change: (state: MachineState) => MachineState) => void

/**
 * Finds, checks or makes all that a boot needs, and tells the machine's state how far it is.
 * @throws BerthError machine.data-newer, machine.image-…, machine.disk-create, host.…, or the signal's reason
 */
export async function prepare(
  host: MachineHost,
  settings: () => MachineSettings,
  signal: AbortSignal,
  change: ChangeState,
): Promise<PreparedMachine> {
  const found = await prepareImage(host, signal, change)
  change((state) => beginStep(state, 'disk', Date.now()))
  const prepared = await prepareDisk(host, found, settings())
  signal.throwIfAborted()
  return prepared
}

/** Finds QEMU and the guest image, downloading the latter where it cannot be built. */
async function prepareImage(
  host: MachineHost,
  signal: AbortSignal,
  change: ChangeState,
): Promise<Pick<PreparedMachine, 'image' | 'qemu'>> {
  const report = percentages((done, total) => {
    change((state) => progressStep(state, done, total))
  })
  const { paths, arch } = host
  await ensurePrivateFolder(paths.machine)
  const qemu = await findQemu(qemuSearch(host))
  signal.throwIfAborted()
  const fetchNew = () => download(host, signal, report)
  await renewImage(paths, arch, fetchNew)
  const newest = (await findGuestImage(paths, arch)) ?? (await fetchNew())
  const chosen = await new GuestSystem(host).choose(newest)
  change((state) => withImage(state, chosen.image))
  const image = await openGuestImage(chosen.folder, arch, berthFile(paths, 'verifiedImages'), report)
  await refuseNewerData(berthFile(paths, 'dataDisk'), image)
  signal.throwIfAborted()
  return { image, qemu }
}

/**
 * Ends what a dead app left running, then makes keys and data disk when they are not there, and the latter larger
 * when it is to be, and writes what the guest is given.
 */
async function prepareDisk(
  host: MachineHost,
  found: Pick<PreparedMachine, 'image' | 'qemu'>,
  settings: MachineSettings,
): Promise<PreparedMachine> {
  const { paths, log } = host
  await ensurePrivateFolder(paths.run)
  await ensurePrivateFolder(paths.logs)
  const dataDisk = berthFile(paths, 'dataDisk')
  await endOrphans(paths, log)
  await deleteLeftovers(dataDisk, log)
  const repairDisk = await isRepairWanted(paths)
  if (repairDisk) {
    await assertUnused(found.qemu.qemuImg, dataDisk)
    await repairImage(found.qemu.qemuImg, dataDisk)
  }
  await ensureDataDisk({ file: dataDisk, sizeGiB: settings.diskGiB, qemuImg: found.qemu.qemuImg })
  if (!repairDisk) await assertNotTruncated(dataDisk, found.qemu.qemuImg)
  const keys = await machineKeys(paths.machine)
  const contents = {
    [berthFiles.guestHostKey.name]: withNewline(keys.host.privateKey),
    [berthFiles.guestAuthorizedKeys.name]: withNewline(keys.client.publicKey),
    ...(await host.guestFiles()),
  }
  for (const [name, content] of Object.entries(contents))
    await writePrivateFile(join(paths.run, name), content)
  return {
    ...found,
    keys,
    guestFiles: Object.fromEntries(Object.keys(contents).map((name) => [name, join(paths.run, name)])),
    dataDisk,
    repairDisk,
    accelerators: new AcceleratorMemory(berthFile(paths, 'accelerator')),
    proofScope: { qemuVersion: found.qemu.version, hostRelease: release() },
  }
}

/** What a launch needs besides what was prepared. */
export interface LaunchChoice {
  settings: MachineSettings
  accelerator: Accelerator
  /** Waits for the memory of a suspended machine instead of booting. */
  incoming?: boolean
}

/** Starts QEMU on what was prepared. */
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

/** QEMU's arguments, given the addresses that only a launch knows. */
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
      // Unpacking takes an emulated processor a second; a real one should have its kernel at a random address.
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

/** Passes a report on only when it is another percentage: chunks come by the thousand. */
function percentages(report: ReportProgress): ReportProgress {
  let last = -1
  return (done, total) => {
    const percent = Math.floor((100 * done) / total)
    if (percent === last) return
    last = percent
    report(done, total)
  }
}

async function download(host: MachineHost, signal: AbortSignal, report: ReportProgress): Promise<string> {
  const { paths, arch, platform, env } = host
  const baseUrl = releaseUrl(env, platform)
  if (baseUrl === undefined) throw new BerthError('machine.image-missing', { folder: paths.guestCache })
  return downloadGuestImage({ arch, cache: paths.guestCache, baseUrl, signal, report })
}

/** Ends what an app that died left running on the data disk: a machine, or what wrote the disk anew. */
export async function endOrphans(paths: BerthPaths, log: Logger): Promise<void> {
  for (const record of ['qemuRecord', 'compactionRecord'] as const)
    await endOrphan(berthFile(paths, record), berthFile(paths, 'dataDisk'), log)
}

/** sshd refuses a key file whose last line has no end. */
function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}
