import type { CheckId } from '../../diagnostics/checks'
import type { Finding, FindingText } from '../../diagnostics/findings'

/** The checks' titles. */
export const checks: Record<CheckId, string> = {
  accelerator: 'Acceleration',
  qemu: 'QEMU',
  image: 'Guest image',
  'data-disk': 'Data disk',
  space: 'Free space',
  size: 'Machine size',
  clock: 'Clock',
  dns: 'DNS',
  proxy: 'Proxy',
  registry: 'Registry',
  ports: 'Published ports',
  context: 'Docker context',
  credentials: 'Docker CLI logins',
  folders: 'Shared folders',
  'other-docker': 'Other Docker installations',
}

export const findings: Record<Finding, FindingText> = {
  'machine-waits': {
    what: 'The machine is waiting for free disk space on this computer.',
    todo: 'Free some disk space. The machine then resumes automatically.',
  },
  'needs-machine': { what: 'This check needs a running machine.', todo: 'Start the machine.' },
  timeout: {
    what: 'The check did not finish within {seconds} s.',
    todo: 'Run it again. If this happens again, something that the check needs is not responding.',
  },
  broken: { what: 'The check itself failed.', todo: 'Run it again, or report it and include the details.' },

  'accelerator.ok': { what: 'The machine uses {name}.' },
  'accelerator.emulated-linux': {
    what: 'The machine is emulated, which is slow: {rejected}.',
    todo: 'Turn on virtualisation in the firmware, load the module kvm_intel or kvm_amd, and add your user to the group kvm.',
  },
  'accelerator.emulated-darwin': {
    what: 'The machine is emulated, which is slow: {rejected}.',
    todo: 'Use a QEMU that is signed with the entitlement com.apple.security.hypervisor, such as Homebrew’s.',
  },
  'accelerator.emulated-win32': {
    what: 'The machine is emulated, which is slow: {rejected}.',
    todo: 'Turn on “Windows Hypervisor Platform” in Windows Features, then restart the computer.',
  },
  'qemu.ok': { what: '{version}' },
  'qemu.missing': { what: '{binary} was not found.', todo: 'Install QEMU: {install}' },
  'qemu.broken': { what: 'QEMU does not run: {reason}', todo: 'Reinstall it.' },
  'qemu.old': {
    what: 'QEMU {version} is too old: this computer needs {least} or newer.',
    todo: 'Install a newer QEMU.',
  },
  'qemu.busy': {
    what: 'On Macs, QEMU {version} keeps the processor busy even while the machine is idle.',
    todo: 'Install another version of QEMU.',
  },
  'image.ok': { what: 'The guest image is intact: every byte is the same as when it was built.' },
  'image.missing': {
    what: 'There is no guest image in {folder}.',
    todo: 'Start the machine to download it. On Linux, run `npm run vm:build`.',
  },
  'image.damaged': {
    what: 'The guest image is damaged ({file}).',
    todo: 'Download it again. Running containers are stopped. Images, containers and volumes are kept.',
  },
  'image.damaged-other': {
    what: 'The guest image is damaged ({file}). Another one, {recipe}, is intact.',
    todo: 'Start with the intact one. Running containers are stopped. Images, containers and volumes are kept.',
  },
  'image.damaged-app': {
    what: 'The guest image that came with Berth is damaged ({file}).',
    todo: 'Reinstall Berth. Images, containers and volumes are kept.',
  },
  'image.damaged-built': {
    what: 'The guest image in {folder} is damaged ({file}).',
    todo: 'Remove that folder and run `npm run vm:build`. Images, containers and volumes are kept.',
  },
  'image.damaged-named': {
    what: 'The guest image set in BERTH_GUEST_IMAGE is damaged ({file}).',
    todo: 'Set another guest image, or remove the variable.',
  },
  'data-disk.ok': { what: 'The file system was clean at the last start.' },
  'data-disk.checked': { what: 'The disk file is intact. Its file system is checked at every start.' },
  'data-disk.repaired': {
    what: 'The file system was repaired at the last start. This is normal after a power failure.',
    todo: 'If this happens at every start, check this computer’s own disk.',
  },
  'data-disk.damaged': {
    what: 'The data disk is damaged: {reason}.',
    todo: 'Make a copy of {file}, then repair the disk.',
  },
  'data-disk.none': { what: 'There is no data disk yet. It is created at the first start.' },
  'space.ok': { what: '{host} is free on this computer, and {guest} in the machine.' },
  'space.host-only': { what: '{host} is free on this computer.' },
  'space.host-low': {
    what: 'Only {host} is free on this computer. When no space is left, the machine waits.',
    todo: 'Remove files that you do not need, or reclaim space from the machine.',
  },
  'space.guest-low': {
    what: 'Only {guest} is free on the machine’s data disk.',
    todo: 'Reclaim space, or give the machine a larger disk in the settings.',
  },
  'space.guest-files': {
    what: 'The machine’s data disk can hold only {files} more files, even if space is free.',
    todo: 'Remove containers, volumes and images with many files, or give the machine a larger disk in the settings.',
  },
  'space.guest-full': {
    what: 'The machine’s data disk is full, so the Docker Engine has no space to start.',
    todo: 'Give the machine a larger disk in the settings and start it. Then remove data that you no longer need.',
  },
  'size.ok': { what: '{cpus} CPUs and {memory} of memory.' },
  'size.too-much-memory': {
    what: 'The machine may use {memory} of this computer’s {host} of memory. That leaves little for other programs.',
    todo: 'Give it less memory in the settings.',
  },
  'size.little-memory': {
    what: 'The machine has only {memory} of memory.',
    todo: 'If containers stop for no apparent reason, give it at least 2 GiB in the settings.',
  },
  'size.too-many-cpus': {
    what: 'The machine has {cpus} CPUs, but this computer has only {host}.',
    todo: 'Give it fewer CPUs in the settings. More CPUs than this computer has make everything slower.',
  },
  'clock.ok': { what: 'The machine’s clock is accurate to within {seconds} s.' },
  'clock.off': {
    what: 'The machine’s clock is {seconds} s off, which breaks TLS and builds.',
    todo: 'Set it now.',
  },
  'dns.ok': { what: 'The machine can resolve {name}.' },
  'dns.failed': {
    what: 'The machine cannot resolve {name}.',
    todo: 'Check this computer’s network, or set a DNS server in the settings.',
  },
  'dns.bypassed': {
    what: 'Berth’s name server does not answer the machine.',
    todo: 'Set it up again. Until then, containers cannot resolve host.docker.internal or names that only this computer knows.',
  },
  'dns.not-served': {
    what: 'Berth’s name server could not be set up for the machine: {reason}.',
    todo: 'Set it up again. Until then, containers cannot resolve host.docker.internal or names that only this computer knows.',
  },
  'proxy.none': { what: 'No proxy is used.' },
  'proxy.ok': { what: 'The proxy {address} is responding.' },
  'proxy.unreachable': {
    what: 'The proxy {address} cannot be reached: {reason}.',
    todo: 'Correct it in the settings, or use no proxy.',
  },
  'registry.ok': { what: 'The engine can reach {registry}.' },
  'registry.unreachable': {
    what: 'The engine cannot reach {registry}: {reason}',
    todo: 'Check the network, the proxy and the mirrors in the settings.',
  },
  'ports.ok': { what: 'All published ports are open ({count}).' },
  'ports.none': { what: 'No container publishes a port.' },
  'ports.failed': {
    what: 'Some published ports are not open on this computer ({count}): {list}.',
    todo: 'Stop the programs that use them, or publish other ports.',
  },
  'context.current': { what: 'The Docker CLI on this computer uses Berth.' },
  'context.present': {
    what: 'The Docker context “berth” exists, but the current context is “{current}”.',
    todo: 'Run docker with --context berth, or make it the current context.',
  },
  'context.missing': {
    what: 'There is no Docker context “berth” in {folder}.',
    todo: 'Create it, so that the Docker CLI on this computer finds the machine.',
  },
  'context.off': { what: 'The Docker context is turned off in the settings.' },
  'context.overridden': {
    what: 'The environment variable DOCKER_HOST is set ({value}), so docker ignores the current context.',
    todo: 'Remove it from your shell’s startup files.',
  },
  'context.foreign': {
    what: 'A Docker context “berth” already exists ({file}), but this Berth did not create it.',
    todo: 'Remove it with `docker context rm berth`. Then create Berth’s own context.',
  },
  'context.config': {
    what: 'The Docker context “berth” could not be set up in {file}.',
    todo: 'Fix that file or its permissions, then create the context.',
  },
  'context.socket': {
    what: 'The Docker socket could not be opened, so nothing listens on {address}.',
    todo: 'Docker commands on this computer cannot reach the machine. The Machine page shows what to do.',
  },
  'credentials.none': { what: 'The Docker CLI on this computer stores logins in its own file.' },
  'credentials.ok': { what: 'The Docker CLI on this computer stores logins with “{helper}”.' },
  'credentials.missing': {
    what: '{file} says that the Docker CLI stores logins with docker-credential-{helper}, but this program is not installed. Pulls and builds fail without it.',
    todo: 'The setting is often left over from an app that was removed, such as Docker Desktop. Replace it with this computer’s own credential store. If there is no such store, the setting is removed.',
  },
  'folders.ok': { what: 'All shared folders can be read ({count}).' },
  'folders.none': { what: 'No folder is shared with the machine.' },
  'folders.unreadable': {
    what: 'These shared folders cannot be read: {list}.',
    todo: 'Allow access to them, or remove them in the settings.',
  },
  'folders.not-mounted': {
    what: 'These shared folders are missing in the machine: {list}.',
    todo: 'Restart the machine.',
  },
  'other-docker.none': { what: 'No other Docker engine is responding on this computer.' },
  'other-docker.beside': {
    what: 'Also running on this computer: {names}. The Docker CLI uses Berth. Both can run, but they cannot use the same ports.',
  },
  'other-docker.used': {
    what: 'Also running on this computer: {names}. The Docker CLI uses “{current}”, not Berth.',
    todo: 'Make Berth’s context the current one. To use only Berth: {quit}.',
  },
}
