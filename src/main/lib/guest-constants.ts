import constants from '../../../vm-assets/guest-constants.json' with { type: 'json' }

/*
 * The numbers and names that must be the same in the app and in the guest image. vm-assets/guest-constants.json is
 * their source. The guest's C programs, shell scripts and configuration files use it too.
 */

/** QEMU's user network: the addresses of the guest, the host and the name server, and the MTU of eth0 in bytes. */
export const guestNetwork = constants.network

/** The names by which every container can reach the host. */
export const hostNames = ['host.docker.internal', 'gateway.docker.internal'] as const

/** The virtio serial numbers by which the guest finds its disks. */
export const diskSerial = constants.disk

/** The options on the kernel's command line that the guest's scripts read. */
export const kernelOption = constants.kernelOption

/** The folder and the files that QEMU passes to the guest by fw_cfg. */
export const fwCfg = constants.fwCfg

/** Paths in the guest. */
export const guestPath = constants.guestPath

/**
 * Unix sockets of the host (vm-assets/agent/socket-relay.c): the relay's own sockets, and the well-known path of the
 * ssh-agent.
 */
export const socketRelay = constants.socketRelay

/** The names of the files in a guest image's folder. */
export const imageFile = constants.imageFile

/** The version of the manifest's own format. */
export const manifestFormat = constants.manifestFormat

/** The parts of a release's file names: `PREFIX-ARCH-FILE`, plus the suffix if the file is compressed. */
export const releaseFile = constants.release

/** The mount agent's virtio port, and the mark and limits of its messages (vm-assets/agent/mount-agent). */
export const mountAgent = { ...constants.mountAgent, marker: Number(constants.mountAgent.marker) }

/** The program that measures containers (vm-assets/agent/container-stats.c). `gone` is its exit code. */
export const containerStats = constants.containerStats

/** The codes of the control messages between the mount agent and the host. */
export const fromAgent = constants.fromAgent
export const toAgent = constants.toAgent

/**
 * The jobs that the host gives to the mount agent's helper, and the changes of the host's files that the helper repeats
 * in the machine.
 */
export const jobType = constants.job
export const replayOperation = constants.replay
