import constants from '../../../vm-assets/guest-constants.json' with { type: 'json' }

/*
 * Numbers and names that the app and the guest image must agree on. vm-assets/guest-constants.json is their only
 * source: the guest's C programs, shell scripts and configuration files get theirs from it as well.
 */

/** QEMU's user network: the guest's own address, the host's and the name server's, and the MTU of eth0 in bytes. */
export const guestNetwork = constants.network

/** Names by which every container can reach the host. */
export const hostNames = ['host.docker.internal', 'gateway.docker.internal'] as const

/** The virtio serials by which the guest finds its disks. */
export const diskSerial = constants.disk

/** Options of the kernel's command line that the guest's scripts read. */
export const kernelOption = constants.kernelOption

/** The folder and the files that QEMU passes to the guest by fw_cfg. */
export const fwCfg = constants.fwCfg

/** Paths in the guest. */
export const guestPath = constants.guestPath

/** The names of the files in a guest image's folder. */
export const imageFile = constants.imageFile

/** The version of the manifest's own format. */
export const manifestFormat = constants.manifestFormat

/** How a release names the files of a guest image: `PREFIX-ARCH-FILE`, with the suffix when compressed. */
export const releaseFile = constants.release

/** The mount agent (vm-assets/agent/mount-agent.c): its virtio port, the mark and the limits of its messages. */
export const mountAgent = { ...constants.mountAgent, marker: Number(constants.mountAgent.marker) }

/** The codes of the control messages between the mount agent and the host. */
export const fromAgent = constants.fromAgent
export const toAgent = constants.toAgent

/** What the host has the mount agent's helper do, and the changes that it repeats. */
export const jobType = constants.job
export const replayOperation = constants.replay
