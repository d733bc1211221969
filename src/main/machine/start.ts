import { release } from 'node:os'
import { join } from 'node:path'
import { BerthError } from '../../shared/errors'
import type { MachineState } from '../../shared/machine'
import type { MachineSettings } from '../../shared/settings'
import {
  assertNotTruncated,
  assertUnused,
  deleteLeftovers,
  endOrphans,
  ensureDataDisk,
  refuseNewerData,
  repairDisk,
} from '../disk'
import {
  downloadGuestImage,
  findGuestImage,
  type GuestImages,
  openGuestImage,
  releaseUrl,
  replaceDamagedImage,
  type ReportProgress,
} from '../guest-image'
import { berthFile, berthFiles } from '../host'
import { ensurePrivateFolder, message, noSpaceError, untilAborted, within, writePrivateFile } from '../lib'
import {
  AcceleratorMemory,
  confirmMounts,
  findQemu,
  forwardFreePort,
  type MachineEnd,
  qemuSearch,
  type VirtualMachine,
} from '../qemu'
import type { SshLink } from '../ssh'
import { bootWithFallback } from './accelerator-fallback'
import { launch, type LaunchedMachine, type MachineHost, type PreparedMachine } from './launch'
import {
  beginStep,
  bootAgain,
  move,
  progressStep,
  withAccelerator,
  withImage,
  withoutResuming,
} from './lifecycle'
import { isRepairWanted, repairDone } from './repair'
import { machineKeys } from './ssh-keys'
import { restore, type SuspendServices } from './suspend'
import type { Suspended } from './suspended-machine'

/** How long parts of a start may take, milliseconds. The limits are long, because emulation on a busy host is slow. */
export const startLimits = { bootMs: 180_000, engineMs: 180_000 }

/** Multiplies the engine's time limit while the guest repairs its data disk. */
const repairPatience = 10

export interface StartOptions {
  host: MachineHost
  link: SshLink
  guestImages: GuestImages
  suspending: SuspendServices
  settings: () => MachineSettings
  /** Resolves when the engine in the machine answers. */
  waitForEngine: (signal: AbortSignal) => Promise<void>
  limits: typeof startLimits
  /** Changes the machine's state. */
  change: (change: (state: MachineState) => MachineState) => void
  /** Called when QEMU runs. From now on the caller has to end QEMU if the start fails. */
  launched: (machine: LaunchedMachine) => void
  /** Called if the QEMU of `launched` has ended, or if `start` ends it after a failed resume. */
  dropped: () => void
}

/**
 * Starts a stopped machine. Finds the guest image and prepares the data disk. Resumes the machine if it is suspended,
 * otherwise boots it. Then connects to the machine and waits for the engine.
 * @throws BerthError that says why the start failed; or the signal's reason
 */
export async function start(options: StartOptions, signal: AbortSignal): Promise<void> {
  const { host, guestImages, change } = options
  const found = await findImage(options, signal)
  change((state) => beginStep(state, 'disk', Date.now()))
  const prepared = await prepareDisk(options, found)
  signal.throwIfAborted()

  const alive = (await resume(options, prepared, signal)) ?? (await boot(options, prepared, signal))

  if (prepared.repairDisk) await repairDone(host.paths)
  await guestImages.recordBoot(prepared.image, prepared.dataDisk)
  alive.throwIfAborted()
  change((state) => move(state, 'ready', Date.now()))
}

/** Finds QEMU and the guest image. If there is no image, downloads one, unless {@link releaseUrl} has no address. */
async function findImage(
  { host, guestImages, change }: StartOptions,
  signal: AbortSignal,
): Promise<Pick<PreparedMachine, 'image' | 'qemu'>> {
  const { paths, arch } = host
  const report = percentages((done, total) => {
    change((state) => progressStep(state, done, total))
  })
  await ensurePrivateFolder(paths.machine)
  const qemu = await findQemu(qemuSearch(host))
  signal.throwIfAborted()
  const fetchNew = () => download(host, signal, report)
  await replaceDamagedImage(paths, arch, fetchNew)
  const newest = (await findGuestImage(paths, arch)) ?? (await fetchNew())
  const chosen = await guestImages.choose(newest)
  change((state) => withImage(state, chosen.image))
  const image = await openGuestImage(chosen.folder, arch, berthFile(paths, 'verifiedImages'), report)
  await refuseNewerData(berthFile(paths, 'dataDisk'), image)
  signal.throwIfAborted()
  return { image, qemu }
}

async function download(host: MachineHost, signal: AbortSignal, report: ReportProgress): Promise<string> {
  const { paths, arch, platform, env } = host
  const baseUrl = releaseUrl(env, platform)
  if (baseUrl === undefined) throw new BerthError('machine.image-missing', { folder: paths.guestCache })
  return downloadGuestImage({ arch, cache: paths.guestCache, baseUrl, signal, report })
}

/**
 * Prepares a launch. Ends the processes that a crashed app left running. Creates, grows or repairs the data disk.
 * Writes the files that the guest reads.
 */
async function prepareDisk(
  { host, settings }: StartOptions,
  found: Pick<PreparedMachine, 'image' | 'qemu'>,
): Promise<PreparedMachine> {
  const { paths, log } = host
  const { qemu } = found
  await ensurePrivateFolder(paths.run)
  await ensurePrivateFolder(paths.logs)
  const dataDisk = berthFile(paths, 'dataDisk')
  await endOrphans(paths, log)
  await deleteLeftovers(dataDisk, log)
  const repair = await isRepairWanted(paths)
  if (repair) {
    await assertUnused(qemu.qemuImg, dataDisk)
    await repairDisk(qemu.qemuImg, dataDisk)
  }
  await ensureDataDisk({ file: dataDisk, sizeGiB: settings().diskGiB, qemuImg: qemu.qemuImg })
  if (!repair) await assertNotTruncated(dataDisk, qemu.qemuImg)
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
    repairDisk: repair,
    accelerators: new AcceleratorMemory(berthFile(paths, 'accelerator')),
    proofScope: { qemuVersion: qemu.version, hostRelease: release() },
  }
}

/**
 * Resumes the suspended machine. Returns the signal of `whileAlive`, or undefined if no machine is suspended. If the
 * resume fails, the result is undefined too, the state says why, and the machine can be booted.
 */
async function resume(
  options: StartOptions,
  prepared: PreparedMachine,
  signal: AbortSignal,
): Promise<AbortSignal | undefined> {
  const { host, change, suspending } = options
  const { kept } = suspending
  try {
    // The saved memory does not fit the disk that a repair has changed.
    const suspended = prepared.repairDisk ? undefined : await kept.read()
    return suspended && (await resumeFrom(suspended, options, prepared, signal))
  } catch (error) {
    signal.throwIfAborted()
    const reason = resumeError(error)
    host.log.warn({ code: reason.code, detail: reason.detail }, 'the suspended machine cannot be resumed')
    change((state) => withoutResuming(state, reason.toData(), Date.now()))
    return undefined
  } finally {
    // This also deletes a saved memory without a record, which a crash may have left.
    await kept.discard()
  }
}

async function resumeFrom(
  suspended: Suspended,
  options: StartOptions,
  prepared: PreparedMachine,
  signal: AbortSignal,
): Promise<AbortSignal> {
  const { host, link, change, launched, dropped, suspending } = options
  const { accelerator } = suspended
  const settings = options.settings()
  change((state) => move(state, 'resume', Date.now()))
  const vm = await restore(suspending, suspended, prepared, settings, signal)
  launched({ vm, prepared, choice: { settings, accelerator } })
  const alive = whileAlive(host, vm, signal)
  try {
    await vm.resume()
    const { rejected } = await prepared.accelerators.plan(host.platform, prepared.proofScope)
    change((state) => withAccelerator(state, accelerator, rejected))
    change((state) => beginStep(state, 'connect', Date.now()))
    await connect(options, vm, prepared, alive)
    change((state) => beginStep(state, 'engine', Date.now()))
    await engineAnswers(options, vm, alive)
    return alive
  } catch (error) {
    await link.close()
    dropped()
    await vm.kill()
    throw error
  }
}

/**
 * Boots the machine. Returns the signal of `whileAlive`.
 *
 * Boots a second time if the guest panics. An emulated processor of QEMU before 8.1 may run an instruction that the
 * kernel has just replaced ("Oops: int3"). This is rare, because the kernel boots on one processor (see
 * `kernelCommandLine`), but the other processors run before the engine does. The second boot very likely succeeds.
 */
async function boot(
  options: StartOptions,
  prepared: PreparedMachine,
  signal: AbortSignal,
): Promise<AbortSignal> {
  const { host, link, change, dropped } = options
  change((state) => move(state, 'boot', Date.now()))
  try {
    return await bootOnce(options, prepared, signal)
  } catch (error) {
    if (signal.aborted || !isPanic(error)) throw error
    host.log.warn('the guest panicked, booting it once more')
    await link.close()
    dropped()
    change((state) => bootAgain(state, Date.now()))
    return bootOnce(options, prepared, signal)
  }
}

/** The kernel resets the guest after a panic (panic=-1), and the reset ends QEMU (-no-reboot). */
function isPanic(error: unknown): boolean {
  if (!(error instanceof BerthError)) return false
  // The cause is the failure of the last accelerator.
  if (error.code === 'machine.accelerators-failed') return isPanic(error.cause)
  return error.code === 'machine.qemu-died' && error.params.reason === 'guest-reset'
}

async function bootOnce(
  options: StartOptions,
  prepared: PreparedMachine,
  signal: AbortSignal,
): Promise<AbortSignal> {
  const { host, change, limits } = options
  const vm = await launchOnWorkingAccelerator(options, prepared, signal)
  const alive = whileAlive(host, vm, signal)
  const timeout = () => new BerthError('machine.boot-timeout', { seconds: limits.bootMs / 1000 })
  await untilAborted(within(vm.console.reached('sshd'), limits.bootMs, timeout), alive)
  change((state) => move(state, 'connect', Date.now()))
  await connect(options, vm, prepared, alive)
  change((state) => move(state, 'engine', Date.now()))
  await engineAnswers(options, vm, alive, prepared.repairDisk ? repairPatience : 1)
  return alive
}

/**
 * Launches QEMU with one accelerator after the other until the guest's kernel comes up. Remembers which accelerator
 * worked, but only if the result is conclusive (see `Booted`).
 */
async function launchOnWorkingAccelerator(
  options: StartOptions,
  prepared: PreparedMachine,
  signal: AbortSignal,
): Promise<VirtualMachine> {
  const { host, change, launched, limits } = options
  const { accelerators, proofScope } = prepared
  const settings = options.settings()
  const { machine, accelerator, rejected, conclusive } = await bootWithFallback(
    {
      plan: await accelerators.plan(host.platform, proofScope),
      launch: (name) => launch(host, prepared, { settings, accelerator: name }, signal),
      log: host.log,
      emulatedMs: limits.bootMs,
    },
    signal,
  ).catch(async (error: unknown) => {
    await accelerators.forget()
    throw error
  })
  launched({ vm: machine, prepared, choice: { settings, accelerator } })
  change((state) => withAccelerator(state, accelerator, rejected))
  const remembered = conclusive
    ? accelerators.remember(proofScope, accelerator, rejected)
    : accelerators.forget()
  await remembered.catch((error: unknown) => {
    host.log.warn({ reason: message(error) }, 'could not record which accelerator works')
  })
  return machine
}

/**
 * Connects the link to the machine's sshd through a free port of the host. Then confirms QEMU's connection for the
 * shared folders.
 */
async function connect(
  { host, link }: StartOptions,
  vm: VirtualMachine,
  { keys }: PreparedMachine,
  signal: AbortSignal,
): Promise<void> {
  const port = await untilAborted(forwardFreePort(vm.qmp, 22), signal)
  const target = {
    host: '127.0.0.1',
    port,
    username: 'root',
    privateKey: keys.client.privateKey,
    hostKey: keys.host.publicKey,
  }
  await link.connect(target, signal)
  await confirmMounts(vm.qmp, host)
}

/** Resolves when the engine answers. `patience` multiplies the usual time limit. */
async function engineAnswers(
  { limits, waitForEngine }: StartOptions,
  vm: VirtualMachine,
  signal: AbortSignal,
  patience = 1,
): Promise<void> {
  const engineMs = limits.engineMs * patience
  const timeout = () => new BerthError('machine.engine-timeout', { seconds: engineMs / 1000 })
  // A request before dockerd has its socket would fail, and would only slow down the start of dockerd.
  const answers = vm.console.reached('dockerd').then(() => waitForEngine(signal))
  await untilAborted(within(answers, engineMs, timeout), signal)
}

/** A signal that is aborted when `signal` is aborted, when QEMU ends, or when the guest reports a failure. */
function whileAlive({ paths, log }: MachineHost, vm: VirtualMachine, signal: AbortSignal): AbortSignal {
  const over = new AbortController()
  const onFailure = (error: BerthError) => {
    log.error({ code: error.code, params: error.params }, 'the guest reports a failure')
    over.abort(error)
  }
  if (vm.console.failure) onFailure(vm.console.failure)
  vm.console.on('failure', onFailure)
  void vm.ended.then((end) => {
    over.abort(endError(end, paths.machine))
  })
  return AbortSignal.any([signal, over.signal])
}

/** The error for a machine whose QEMU ended unexpectedly. `folder` holds the machine's data disk. */
export function endError(end: MachineEnd, folder: string): BerthError {
  if (end.noSpace) return noSpaceError(folder)
  return new BerthError('machine.qemu-died', { reason: end.reason }, { detail: end.stderr })
}

/** The error that says why a suspended machine is booted instead of resumed. */
function resumeError(error: unknown): BerthError {
  if (error instanceof BerthError && error.code.startsWith('machine.resume-')) return error
  return new BerthError('machine.resume-failed', { reason: message(error) }, { cause: error })
}

/** Reports only changes of a whole percent, because thousands of chunks arrive. */
function percentages(report: ReportProgress): ReportProgress {
  let last = -1
  return (done, total) => {
    const percent = Math.floor((100 * done) / total)
    if (percent === last) return
    last = percent
    report(done, total)
  }
}

/** sshd refuses a key file whose last line does not end with a newline. */
function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}
