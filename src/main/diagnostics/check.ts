import type { CheckId, CheckResult, CheckStatus, Finding, FixAction } from '../../shared/diagnostics'
import type { BerthErrorData, ErrorParams } from '../../shared/errors'
import type { DiskUsage } from '../../shared/disk'
import type { DockerTools } from '../../shared/docker-cli'
import type { MachineState } from '../../shared/machine'
import type { PortForward } from '../../shared/ports'
import type { Settings } from '../../shared/settings'
import type { Engine } from '../engine'
import type { BerthPaths } from '../host'
import type { RegistryLogins } from '../registries'
import type { CommandOptions, CommandResult } from '../ssh'

/** What the checks look at. Nothing in it waits for the machine to come up. */
export interface DiagnosticsContext {
  paths: BerthPaths
  platform: 'darwin' | 'win32' | 'linux'
  arch: 'x86_64' | 'arm64'
  env: Readonly<Record<string, string | undefined>>
  settings: () => Settings
  machine: { readonly state: MachineState; guestReport(name: string): string | undefined }
  link: { readonly isUp: boolean; exec(command: string, options?: CommandOptions): Promise<CommandResult> }
  /** `problem`: why the machine's names are not sent to Berth's name server; known once it has settled. */
  dns: { readonly problem: BerthErrorData | undefined; settled(): Promise<void> }
  ports: { readonly forwards: PortForward[] }
  dockerHost: { readonly tools: DockerTools }
  disk: { space(): Promise<Pick<DiskUsage, 'host' | 'guest'>> }
  engine: Pick<Engine, 'probeRegistry'>
  logins: Pick<RegistryLogins, 'forImage'>
}

export type Outcome = Omit<CheckResult, 'check' | 'milliseconds'>

export interface Check {
  id: CheckId
  /** Milliseconds, where the usual time is too short. */
  limitMs?: number
  /** A rejection is a mistake of the check; everything it finds is an outcome. */
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

/** For what only a running machine can tell. */
export const needsMachine = skipped('needs-machine', {}, { fix: 'start-machine' })

/** Why the machine cannot be asked now, if so. */
export function unanswering({
  link,
  machine,
}: Pick<DiagnosticsContext, 'link' | 'machine'>): Outcome | undefined {
  if (machine.state.diskFull === 'host') return skipped('machine-waits', {}, { fix: 'open-disk' })
  return link.isUp ? undefined : needsMachine
}
