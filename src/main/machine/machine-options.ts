import type { MachineSettings } from '../../shared/settings'
import type { BerthPaths, HostClocks, Logger } from '../host'
import type { SshLink } from '../ssh'
import { type GuestArch, hostArch, type MountsPort } from '../qemu'
import type { MachineHost } from './prepare'
import type { SuspendParticipant } from './suspended'

export interface MachineOptions {
  paths: BerthPaths
  log: Logger
  /** The connections to the machine. The machine connects and closes them. */
  link: SshLink
  /** Resolves when the engine in the machine answers. */
  waitForEngine: (signal: AbortSignal) => Promise<void>
  /** Read at each start. */
  settings: () => MachineSettings
  guestFiles?: MachineHost['guestFiles']
  /** What else is kept with a suspended machine. */
  suspendParticipants?: readonly SuspendParticipant[]
  /** Without it the machine has no shared folders. */
  mountsPort?: MountsPort
  platform?: NodeJS.Platform
  arch?: GuestArch
  env?: Readonly<Record<string, string | undefined>>
  /** The host's clocks, whose jumps are noticed. */
  clocks?: HostClocks
  /** Milliseconds; generous, because an emulated machine on a busy host is slow. */
  limits?: Partial<typeof defaultLimits>
}

export const defaultLimits = { bootMs: 180_000, engineMs: 180_000 }

/** The host that the options describe: this one, unless they say otherwise. */
export function machineHost(options: MachineOptions): MachineHost {
  const { paths, log, platform = process.platform, arch = hostArch(), env = process.env } = options
  const { guestFiles = () => Promise.resolve({}), mountsPort } = options
  return { paths, log, platform, arch, env, guestFiles, mountsPort }
}
