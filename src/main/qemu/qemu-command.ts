import type { Accelerator } from '../../shared/machine'
import { diskSerial, fwCfg, kernelOption, mountAgent } from '../lib'
import type { PeerAddress } from '../lib'

/** The machine's architecture. It is always that of the host, so that an accelerator can be used. */
export type GuestArch = 'x86_64' | 'arm64'

/** The architecture of this process. */
export function hostArch(): GuestArch {
  return process.arch === 'arm64' ? 'arm64' : 'x86_64'
}

export interface QemuCommandOptions {
  platform: NodeJS.Platform
  arch: GuestArch
  accelerator: Accelerator
  /** QEMU's own major version. */
  qemuMajor: number
  cpus: number
  memoryMiB: number
  /** The guest image's files. */
  kernel: string
  initrd: string
  rootImage: string
  /** The qcow2 data disk. */
  dataDisk: string
  /** Makes the guest verify its whole data disk, and repair the disk if possible. */
  repairDisk: boolean
  /** The address where Berth listens for QEMU's control connection. */
  qmp: PeerAddress
  /** The address where Berth listens for the serial console. */
  console: PeerAddress
  /** The address where Berth listens for the virtio port of the shared folders, if there are any. */
  mounts?: PeerAddress
  /** The output of the console is also written to this file. */
  consoleLog: string
  /** QEMU writes its process id here. */
  pidFile: string
  /**
   * The files that the guest reads below `fwCfg.folder`: name → path on the host. They are not passed as arguments,
   * because every user of the host can see arguments.
   */
  fwCfg: Readonly<Record<string, string>>
}

/** QEMU's id for the connection of the shared folders. QMP can replace the connection. */
export const mountsChardev = 'mounts'

/** The file name of QEMU's system emulator. On Windows, the build with a `w` opens no console window. */
export function qemuBinaryName(platform: NodeJS.Platform, arch: GuestArch): string {
  const name = arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'
  return platform === 'win32' ? `${name}w.exe` : name
}

/**
 * QEMU's arguments for one launch. QEMU boots the kernel directly, without a firmware menu, a boot loader or a display.
 * QEMU's default devices and the user's QEMU configuration are not used.
 */
export function qemuArguments(options: QemuCommandOptions): string[] {
  return [
    ...['-name', 'berth', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-pidfile', options.pidFile],
    ...['-machine', machineType(options)],
    ...['-accel', acceleratorOption(options)],
    ...['-cpu', cpuModel(options)],
    ...['-smp', `${options.cpus},sockets=1,cores=${options.cpus},threads=1`],
    ...['-m', `${options.memoryMiB}M`],
    ...['-kernel', options.kernel, '-initrd', options.initrd, '-append', kernelCommandLine(options)],
    ...disk('root', options.rootImage, 'raw', 'read-only=on'),
    ...disk('data', options.dataDisk, 'qcow2', 'discard=unmap,detect-zeroes=unmap,file.discard=unmap'),
    ...['-netdev', 'user,id=net0,restrict=off'],
    ...['-device', 'virtio-net-pci,netdev=net0,romfile='],
    ...['-object', 'rng-builtin,id=rng0', '-device', 'virtio-rng-pci,rng=rng0'],
    ...control(options),
    ...sharedFolders(options),
    ...Object.entries(options.fwCfg).flatMap(([name, file]) => [
      '-fw_cfg',
      `name=${fwCfg.folder}/${name},file=${escaped(file)}`,
    ]),
  ]
}

/** A machine without disks and without a network. Its only program is a shell script. */
export interface SmallMachineOptions extends Pick<
  QemuCommandOptions,
  | 'platform'
  | 'arch'
  | 'accelerator'
  | 'qemuMajor'
  | 'memoryMiB'
  | 'kernel'
  | 'initrd'
  | 'qmp'
  | 'console'
  | 'pidFile'
> {
  /** Must not contain double quotes. The first process of the machine runs it with the shell of the guest image. */
  script: string
}

/** The path of busybox in the initramfs of a guest image (vm-assets/build.sh). */
export const initramfsBusybox = '/bin/busybox'

/**
 * QEMU's arguments for a small machine. The kernel passes the words after `--` to its first process, so the script
 * needs no file.
 */
export function smallMachineArguments(options: SmallMachineOptions): string[] {
  const { script } = options
  const commandLine = kernelCommandLine({ ...options, repairDisk: false })
  return [
    ...['-name', 'berth-small', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-pidfile', options.pidFile],
    ...['-machine', machineType(options)],
    ...['-accel', acceleratorOption(options)],
    ...['-cpu', cpuModel(options)],
    ...['-smp', '1', '-m', `${options.memoryMiB}M`],
    ...['-kernel', options.kernel, '-initrd', options.initrd],
    ...['-append', `${commandLine} rdinit=${initramfsBusybox} -- sh -c "${script}"`],
    ...['-chardev', socket('qmp', options.qmp), '-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', socket('console', options.console), '-serial', 'chardev:console'],
  ]
}

function machineType({ platform, arch }: Pick<QemuCommandOptions, 'platform' | 'arch'>): string {
  if (arch === 'x86_64') return 'q35,vmport=off'
  return platform === 'linux' ? 'virt,gic-version=max' : 'virt'
}

function acceleratorOption({
  accelerator,
  arch,
  qemuMajor,
}: Pick<QemuCommandOptions, 'accelerator' | 'arch' | 'qemuMajor'>): string {
  switch (accelerator) {
    case 'tcg':
      // `tb-size` enlarges the translation buffer. QEMU flushes the default buffer repeatedly while dockerd starts.
      return 'tcg,thread=multi,tb-size=512'
    case 'whpx':
      // Before QEMU 11.0, whpx lost interrupts if it used its own interrupt controller (Lima pull request 4933).
      return arch === 'x86_64' && qemuMajor < 11 ? 'whpx,kernel-irqchip=off' : 'whpx'
    case 'hvf':
    case 'kvm':
      return accelerator
  }
}

function cpuModel({ accelerator, arch }: Pick<QemuCommandOptions, 'accelerator' | 'arch'>): string {
  const x86 = arch === 'x86_64'
  switch (accelerator) {
    case 'tcg':
      // cx16: QEMU 7.2 corrupts the flags on cmpxchg16b, which makes a guest kernel crash at random.
      // erms (fast `rep movsb`): kernel and programs would copy and clear whole pages with `rep movsb`. tcg executes
      // this instruction byte by byte.
      // pauth-impdef: on arm64, the standard algorithm for pointer authentication is very slow in software.
      return x86 ? 'max,-cx16,-erms' : 'max,pauth-impdef=on'
    case 'whpx':
      // `host` and `max` hang or crash (QEMU issue 1043). With these additions, qemu64 is an x86-64-v2 processor.
      return x86 ? 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt' : 'host'
    case 'hvf':
      // hvf offers these two features even on Macs that cannot run them (Lima, pkg/qemu).
      return x86 ? 'host,-avx512vl,-pdpe1gb' : 'host'
    case 'kvm':
      return 'host'
  }
}

/** Debian's kernel would also use tomoyo, bpf and ipe. It adds ima and evm to every list. */
const securityModules = 'landlock,lockdown,yama,apparmor'

/**
 * `panic=-1` makes the guest reboot after a panic. With `-no-reboot` this ends QEMU, so no dead machine is left.
 *
 * An emulated kernel boots on one processor (`maxcpus=1`), and the guest's init starts the others. While the kernel
 * boots, it replaces its own instructions, each with `int3` for a moment. QEMU before 8.1 may still run the `int3` on
 * another processor afterwards: two of a hundred boots ended with "Oops: int3" (docs/measurements.md).
 * `noreplace-smp` spares the kernel a second replacement when the second processor starts.
 *
 * `lsm` leaves out the security modules that do nothing without rules of their own, because the kernel calls each
 * module for each use of a file. An emulated kernel also skips the self-tests of its ciphers (`cryptomgr.notests`), and
 * the generator that makes random numbers from timings (`jent_mod_init`). Together they take a tenth of its boot.
 */
function kernelCommandLine({
  arch,
  accelerator,
  qemuMajor,
  repairDisk,
}: Pick<QemuCommandOptions, 'arch' | 'accelerator' | 'qemuMajor' | 'repairDisk'>): string {
  const plain = `console=${arch === 'arm64' ? 'ttyAMA0' : 'ttyS0'} quiet loglevel=4 panic=-1 lsm=${securityModules}`
  const common = repairDisk ? `${plain} ${kernelOption.repairDisk}` : plain
  if (accelerator !== 'tcg') return common
  const emulated = `${common} cryptomgr.notests initcall_blacklist=jent_mod_init maxcpus=1`
  const booting = arch === 'x86_64' ? `${emulated} noreplace-smp` : emulated
  // QEMU before 8 translates a program again for each address at which the program is loaded. With `norandmaps` the
  // address is always the same, and a program starts in a third of the time (vm-assets/README.md).
  return qemuMajor < 8 ? `${booting} norandmaps` : booting
}

/** The guest finds its disks by their serial numbers, never by their order. */
function disk(name: keyof typeof diskSerial, file: string, format: string, properties: string): string[] {
  const node = `driver=${format},node-name=${name},${properties},file.driver=file,file.filename=${escaped(file)}`
  return ['-blockdev', node, '-device', `virtio-blk-pci,drive=${name},serial=${diskSerial[name]}`]
}

/** QEMU connects to Berth. If QEMU listened instead, other programs could connect to it. */
function socket(id: string, address: PeerAddress): string {
  const where = 'path' in address ? `path=${escaped(address.path)}` : `host=127.0.0.1,port=${address.port}`
  return `socket,id=${id},${where},server=off`
}

/**
 * The virtio port for the guest's FUSE messages, see vm-assets/README.md.
 *
 * Only kvm handles an ioeventfd in the kernel. Without kvm, QEMU hands each message of the guest to another of its
 * threads, which makes a request about a fifth slower. With `ioeventfd=off`, QEMU sends the message immediately.
 */
function sharedFolders({ mounts, accelerator }: QemuCommandOptions): string[] {
  if (mounts === undefined) return []
  const nodelay = 'port' in mounts ? ',nodelay=on' : ''
  const ioeventfd = accelerator === 'kvm' ? 'on' : 'off'
  return [
    ...['-chardev', `${socket(mountsChardev, mounts)}${nodelay}`],
    ...['-device', `virtio-serial-pci,max_ports=2,ioeventfd=${ioeventfd}`],
    ...['-device', `virtserialport,chardev=${mountsChardev},name=${mountAgent.port}`],
  ]
}

function control({ qmp, console, consoleLog }: QemuCommandOptions): string[] {
  return [
    ...['-chardev', socket('qmp', qmp), '-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', `${socket('console', console)},logfile=${escaped(consoleLog)}`],
    ...['-serial', 'chardev:console'],
  ]
}

/** A comma ends a value in QEMU's option lists unless it is doubled. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,')
}
