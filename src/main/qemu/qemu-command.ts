import type { Accelerator } from '../../shared/machine'
import { diskSerial, fwCfg, kernelOption, mountAgent } from '../lib'
import type { PeerAddress } from '../lib'

/** The machine's architecture is always the host's: nothing is translated. */
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
  /** Has the guest look at all of its data disk and repair what it can. */
  repairDisk: boolean
  /** Where this process waits for QEMU's control connection and the serial console. */
  qmp: PeerAddress
  console: PeerAddress
  /** The same for the shared folders, where there are any. */
  mounts?: PeerAddress
  /** Everything the console prints is written here as well. */
  consoleLog: string
  /** QEMU writes its process id here. */
  pidFile: string
  /** What the guest reads under `fwCfg.folder`: name → file. Files, because arguments are visible to everybody. */
  fwCfg: Readonly<Record<string, string>>
}

/** The shared folders' connection, by which QMP can replace it. */
export const mountsChardev = 'mounts'

/** The file name of QEMU's system emulator. The `w` on Windows is the build that opens no console window. */
export function qemuBinaryName(platform: NodeJS.Platform, arch: GuestArch): string {
  const name = arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'
  return platform === 'win32' ? `${name}w.exe` : name
}

/**
 * QEMU's arguments for one launch. The kernel is booted directly: there is no firmware menu, no boot loader and
 * no display, and nothing of QEMU's defaults or the user's configuration takes part.
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

function machineType({ platform, arch }: QemuCommandOptions): string {
  if (arch === 'x86_64') return 'q35,vmport=off'
  return platform === 'linux' ? 'virt,gic-version=max' : 'virt'
}

function acceleratorOption({ accelerator, arch, qemuMajor }: QemuCommandOptions): string {
  switch (accelerator) {
    case 'tcg':
      // A larger translation buffer: the default is flushed again and again while dockerd starts.
      return 'tcg,thread=multi,tb-size=512'
    case 'whpx':
      // Before 11.0 whpx lost interrupts with its own interrupt controller (Lima pull request 4933).
      return arch === 'x86_64' && qemuMajor < 11 ? 'whpx,kernel-irqchip=off' : 'whpx'
    case 'hvf':
    case 'kvm':
      return accelerator
  }
}

function cpuModel({ accelerator, arch }: QemuCommandOptions): string {
  const x86 = arch === 'x86_64'
  switch (accelerator) {
    case 'tcg':
      // QEMU 7.2 corrupts flags on cmpxchg16b, which makes a guest kernel crash at random. Told that `rep movsb` is
      // fast (erms), kernel and programs copy and clear whole pages with it, and tcg goes byte by byte.
      // On arm64 the architected pointer authentication is very slow in software.
      return x86 ? 'max,-cx16,-erms' : 'max,pauth-impdef=on'
    case 'whpx':
      // `host` and `max` hang or crash there (QEMU issue 1043); the additions make it an x86-64-v2.
      return x86 ? 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt' : 'host'
    case 'hvf':
      // hvf offers these two on Macs that then cannot run them (Lima, pkg/qemu).
      return x86 ? 'host,-avx512vl,-pdpe1gb' : 'host'
    case 'kvm':
      return 'host'
  }
}

/** A panic ends QEMU (`-no-reboot`) instead of leaving a dead machine behind. */
function kernelCommandLine({ arch, accelerator, qemuMajor, repairDisk }: QemuCommandOptions): string {
  const plain = `console=${arch === 'arm64' ? 'ttyAMA0' : 'ttyS0'} quiet loglevel=4 panic=-1`
  const common = repairDisk ? `${plain} ${kernelOption.repairDisk}` : plain
  // An older QEMU translates a program anew for every address it is loaded at: with one address for all, starting
  // a program takes a third of the time (vm-assets/README.md).
  return accelerator === 'tcg' && qemuMajor < 8 ? `${common} norandmaps` : common
}

/** The guest finds its disks by serial, never by order. */
function disk(name: keyof typeof diskSerial, file: string, format: string, properties: string): string[] {
  const node = `driver=${format},node-name=${name},${properties},file.driver=file,file.filename=${escaped(file)}`
  return ['-blockdev', node, '-device', `virtio-blk-pci,drive=${name},serial=${diskSerial[name]}`]
}

/** QEMU connects to us, not the reverse: then nobody else can connect to QEMU. */
function socket(id: string, address: PeerAddress): string {
  const where = 'path' in address ? `path=${escaped(address.path)}` : `host=127.0.0.1,port=${address.port}`
  return `socket,id=${id},${where},server=off`
}

/** The guest's FUSE messages, see vm-assets/README.md. */
function sharedFolders({ mounts }: QemuCommandOptions): string[] {
  if (mounts === undefined) return []
  const nodelay = 'port' in mounts ? ',nodelay=on' : ''
  return [
    ...['-chardev', `${socket(mountsChardev, mounts)}${nodelay}`],
    ...['-device', 'virtio-serial-pci,max_ports=2'],
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
