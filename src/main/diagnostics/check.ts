import type { CheckId, CheckResult, CheckStatus, Finding, FixAction } from '../../shared/diagnostics'
import type { ErrorParams } from '../../shared/errors'
import type { Settings } from '../../shared/settings'
import type { Disk } from '../disk'
import type { DockerAccess } from '../docker-cli'
import type { Engine } from '../engine'
import type { BerthPaths } from '../host'
import type { Machine } from '../machine'
import type { MachineDns } from '../network'
import type { PortForwarder } from '../ports'
import type { RegistryLogins } from '../registries'
import type { SshLink } from '../ssh'

/** The services that the checks use. No call of a service waits for the machine to boot. */
export interface DiagnosticsContext {
  paths: BerthPaths
  platform: 'darwin' | 'win32' | 'linux'
  arch: 'x86_64' | 'arm64'
  env: Readonly<Record<string, string | undefined>>
  settings: () => Settings
  machine: Pick<Machine, 'state' | 'guestReport'>
  link: Pick<SshLink, 'isUp' | 'exec'>
  dns: Pick<MachineDns, 'problem' | 'settled'>
  ports: Pick<PortForwarder, 'forwards'>
  dockerAccess: Pick<DockerAccess, 'tools'>
  disk: Pick<Disk, 'space'>
  engine: Pick<Engine, 'probeRegistry'>
  logins: Pick<RegistryLogins, 'forImage'>
}

export type Outcome = Omit<CheckResult, 'check' | 'milliseconds'>

export interface Check {
  id: CheckId
  /** The time limit in milliseconds, if the default one is too short. */
  limitMs?: number
  /** Returns every finding as an outcome. If this throws, the result says that the check itself failed. */
  run: (context: DiagnosticsContext, signal: AbortSignal) => Promise<Outcome>
}

interface More {
  detail?: string
  fix?: FixAction
}

function outcome(status: CheckStatus) {
  return (finding: Finding, params: ErrorParams = {}, more: More = {}): Outcome => ({
    status,
    finding,
    params,
    ...more,
  })
}

export const ok = outcome('ok')
export const warning = outcome('warning')
export const failed = outcome('failed')
export const skipped = outcome('skipped')

/** The outcome of a check that needs a running machine, if no machine runs. */
export const needsMachine = skipped('needs-machine', {}, { fix: 'start-machine' })

/** The outcome if no command can be run in the machine now; undefined if commands can be run. */
export function unanswering({
  link,
  machine,
}: Pick<DiagnosticsContext, 'link' | 'machine'>): Outcome | undefined {
  if (machine.state.diskFull === 'host') return skipped('machine-waits', {}, { fix: 'open-disk' })
  return link.isUp ? undefined : needsMachine
}
