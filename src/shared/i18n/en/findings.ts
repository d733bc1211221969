import type { CheckId } from '../../diagnostics/checks'
import type { Finding, FindingText } from '../../diagnostics/findings'

/** The checks' titles. */
export const checks: Record<CheckId, string> = {
  accelerator: 'Acceleration',
  qemu: 'QEMU',
  image: 'Guest image',
  'data-disk': 'Data disk',
  space: 'Free space',
  size: 'Size of the machine',
  clock: 'Clock',
  dns: 'Name resolution',
  proxy: 'Proxy',
  registry: 'Registry',
  ports: 'Published ports',
  context: 'Docker context',
  credentials: 'Logins of the docker command',
  folders: 'Shared folders',
  'other-docker': 'Other Docker installations',
}

/** `what` says what the check found, `todo` what to do about it, where there is anything to do. */
export const findings: Record<Finding, FindingText> = {
  'machine-waits': {
    what: 'The machine waits until there is space on this computer again.',
    todo: 'Free some disk space; the machine goes on by itself.',
  },
  'needs-machine': { what: 'This can only be checked while the machine runs.', todo: 'Start the machine.' },
  timeout: {
    what: 'The check did not end within {seconds} s.',
    todo: 'Run it again. If it happens again, something it depends on hangs.',
  },
  broken: { what: 'The check itself failed.', todo: 'Run it again, or report it with the details.' },

  'accelerator.ok': { what: 'The machine runs on {name}.' },
  'accelerator.emulated-linux': {
    what: 'The machine is emulated, which is slow: {rejected}.',
    todo: 'Switch virtualisation on in the firmware, load the module kvm_intel or kvm_amd, and add your user to the group kvm.',
  },
  'accelerator.emulated-darwin': {
    what: 'The machine is emulated, which is slow: {rejected}.',
    todo: 'Use a QEMU that is signed with the entitlement com.apple.security.hypervisor, as Homebrew’s is.',
  },
  'accelerator.emulated-win32': {
    what: 'The machine is emulated, which is slow: {rejected}.',
    todo: 'Switch “Windows Hypervisor Platform” on under Windows Features, and restart the computer.',
  },
  'qemu.ok': { what: '{version}' },
  'qemu.missing': { what: '{binary} was not found.', todo: 'Install QEMU: {install}' },
  'qemu.broken': { what: 'QEMU does not run: {reason}', todo: 'Install it again.' },
  'qemu.old': {
    what: 'QEMU {version} is older than {least}, which is needed here.',
    todo: 'Install a newer QEMU.',
  },
  'qemu.busy': {
    what: 'QEMU {version} keeps the processor busy on Macs while the machine does nothing.',
    todo: 'Install another version of QEMU.',
  },
  'image.ok': { what: 'Every byte of the guest image is as it was built.' },
  'image.missing': {
    what: 'There is no guest image in {folder}.',
    todo: 'Start the machine to fetch it. On Linux run `npm run vm:build`.',
  },
  'image.damaged': {
    what: '{file} of the guest image is damaged.',
    todo: 'Fetch it again. Images, containers and volumes stay; what runs is stopped.',
  },
  'image.damaged-other': {
    what: '{file} of the guest image is damaged; the other one, {recipe}, is whole.',
    todo: 'Start that one. Images, containers and volumes stay; what runs is stopped.',
  },
  'image.damaged-app': {
    what: '{file} of the guest image that came with Berth is damaged.',
    todo: 'Install Berth again. Images, containers and volumes stay.',
  },
  'image.damaged-built': {
    what: '{file} of the guest image in {folder} is damaged.',
    todo: 'Remove that folder and run `npm run vm:build`. Images, containers and volumes stay.',
  },
  'image.damaged-named': {
    what: '{file} of the guest image that BERTH_GUEST_IMAGE names is damaged.',
    todo: 'Name another one, or take the variable away.',
  },
  'data-disk.ok': { what: 'The file system was clean at the last start.' },
  'data-disk.checked': { what: 'The disk file is whole. Its file system is checked at each start.' },
  'data-disk.repaired': {
    what: 'The file system was repaired at the last start, as after a power cut.',
    todo: 'If it happens at every start, check this computer’s own disk.',
  },
  'data-disk.damaged': {
    what: 'The data disk is damaged: {reason}.',
    todo: 'Keep a copy of {file}, then repair it.',
  },
  'data-disk.none': { what: 'There is no data disk yet: it is made at the first start.' },
  'space.ok': { what: '{host} are free on this computer, {guest} in the machine.' },
  'space.host-only': { what: '{host} are free on this computer.' },
  'space.host-low': {
    what: 'Only {host} are free on this computer. When nothing is left, the machine waits.',
    todo: 'Remove what you do not need, or reclaim space from the machine.',
  },
  'space.guest-low': {
    what: 'Only {guest} are free on the machine’s data disk.',
    todo: 'Reclaim space, or give the machine a larger disk in the settings.',
  },
  'space.guest-files': {
    what: 'Only {files} more files fit on the machine’s data disk, whatever space it has.',
    todo: 'Remove containers, volumes and images with many files, or give the machine a larger disk in the settings.',
  },
  'space.guest-full': {
    what: 'The machine’s data disk is full: the Docker Engine has no space to start.',
    todo: 'Give the machine a larger disk in the settings and start it. Then remove what you do not need.',
  },
  'size.ok': { what: '{cpus} CPUs and {memory} of memory.' },
  'size.too-much-memory': {
    what: 'The machine may use {memory} of this computer’s {host}, which leaves little for everything else.',
    todo: 'Give it less memory in the settings.',
  },
  'size.little-memory': {
    what: 'The machine has only {memory} of memory.',
    todo: 'Give it at least 2 GiB in the settings, if containers end without a reason.',
  },
  'size.too-many-cpus': {
    what: 'The machine has {cpus} CPUs, this computer {host}.',
    todo: 'Give it fewer in the settings: more than there are makes everything slower.',
  },
  'clock.ok': { what: 'The machine’s clock is right within {seconds} s.' },
  'clock.off': {
    what: 'The machine’s clock is {seconds} s off, which breaks TLS and builds.',
    todo: 'Set it now.',
  },
  'dns.ok': { what: 'The machine resolves {name}.' },
  'dns.failed': {
    what: 'The machine cannot resolve {name}.',
    todo: 'Check this computer’s network, or name a DNS server in the settings.',
  },
  'dns.bypassed': {
    what: 'Berth’s name server does not answer the machine.',
    todo: 'Set it up again. Until then host.docker.internal, and names that only this computer knows, do not resolve in containers.',
  },
  'dns.not-served': {
    what: 'Berth’s name server could not be set up for the machine: {reason}.',
    todo: 'Set it up again. Until then host.docker.internal, and names that only this computer knows, do not resolve in containers.',
  },
  'proxy.none': { what: 'No proxy is used.' },
  'proxy.ok': { what: 'The proxy {address} answers.' },
  'proxy.unreachable': {
    what: 'The proxy {address} cannot be reached: {reason}.',
    todo: 'Correct it in the settings, or use none.',
  },
  'registry.ok': { what: 'The engine reaches {registry}.' },
  'registry.unreachable': {
    what: 'The engine does not reach {registry}: {reason}',
    todo: 'Check the network, the proxy and the mirrors in the settings.',
  },
  'ports.ok': { what: 'Every published port is open ({count}).' },
  'ports.none': { what: 'No container publishes a port.' },
  'ports.failed': {
    what: 'Published ports that are not open on this computer ({count}): {list}.',
    todo: 'Stop what holds them, or publish the container on other ports.',
  },
  'context.current': { what: 'The docker command of this computer uses Berth.' },
  'context.present': {
    what: 'There is a docker context “berth”, but the current one is “{current}”.',
    todo: 'Run docker with --context berth, or make it the current one.',
  },
  'context.missing': {
    what: 'There is no docker context “berth” in {folder}.',
    todo: 'Make it, so that the docker command of this computer finds the machine.',
  },
  'context.off': { what: 'The docker context is switched off in the settings.' },
  'context.overridden': {
    what: 'The variable DOCKER_HOST is set ({value}): docker ignores every context.',
    todo: 'Remove it from your shell’s start files.',
  },
  'context.foreign': {
    what: 'There is a docker context “berth” already that this Berth has not made ({file}).',
    todo: 'Rename or remove it with `docker context`, then make Berth’s.',
  },
  'context.config': {
    what: 'The docker context “berth” could not be set up in {file}.',
    todo: 'Put that file right, or its permissions, then make the context.',
  },
  'context.socket': {
    what: 'The docker socket could not be opened: nobody listens at {address}.',
    todo: 'No docker command of this computer reaches the machine. The Machine page says what to do.',
  },
  'credentials.none': { what: 'The docker command of this computer keeps logins in its own file.' },
  'credentials.ok': { what: 'The docker command of this computer keeps logins with “{helper}”.' },
  'credentials.missing': {
    what: 'The docker command keeps logins with docker-credential-{helper} ({file}), which is not installed: without it pulls and builds fail.',
    todo: 'An app that was removed, often Docker Desktop, has left this behind. Use this computer’s own credential store instead, or none where there is none.',
  },
  'folders.ok': { what: 'Every shared folder can be read ({count}).' },
  'folders.none': { what: 'No folder is shared with the machine.' },
  'folders.unreadable': {
    what: 'These shared folders cannot be read: {list}.',
    todo: 'Allow it, or remove them in the settings.',
  },
  'folders.not-mounted': {
    what: 'These shared folders are not there in the machine: {list}.',
    todo: 'Restart the machine.',
  },
  'other-docker.none': { what: 'No other Docker engine answers on this computer.' },
  'other-docker.beside': {
    what: 'Also running here: {names}. The docker command uses Berth, and both may run, though not on the same ports.',
  },
  'other-docker.used': {
    what: 'Also running here: {names}. The docker command does not use Berth, but “{current}”.',
    todo: 'Make Berth’s context the current one. To have Berth alone: {quit}.',
  },
}
