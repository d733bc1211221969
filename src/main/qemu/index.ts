export {
  AcceleratorMemory,
  type AcceleratorPlan,
  type ProofScope,
  type RejectedAccelerator,
} from './accelerator'
export { archiveConsoleLog } from './guest-console'
export {
  type Forward,
  forwardFreePort,
  type HostForward,
  type HostForwardList,
  QmpHostForward,
} from './host-forward'
export { confirmMounts, type MountsPort, reconnectMounts } from './mounts-port'
export { findQemu, type QemuInstallation, qemuSearch } from './qemu-binary'
export {
  type GuestArch,
  hostArch,
  initramfsBusybox,
  qemuArguments,
  smallMachineArguments,
} from './qemu-command'
export { type QemuImgResult, runQemuImg, saysLocked } from './qemu-img'
export { endOrphan, forgetProcess, pidFile, recordProcess } from './process-record'
export { type LaunchOptions, type MachineEnd, VirtualMachine } from './virtual-machine'
