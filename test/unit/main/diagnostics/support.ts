import type { DiagnosticsContext } from '../../../../src/main/diagnostics/check'
import { berthPaths } from '../../../../src/main/host/berth-files'
import { defaultSettings } from '../../../../src/main/settings/settings-defaults'
import type { CommandResult } from '../../../../src/main/ssh/run-command'
import { machineState } from '../../../support/fake-services'

/** A context without problems: Linux, with a running machine. */
export function contextOf(changes: Partial<DiagnosticsContext> = {}): DiagnosticsContext {
  return {
    paths: berthPaths({ BERTH_HOME: '/nowhere/berth' }, 'linux'),
    platform: 'linux',
    arch: 'x86_64',
    env: {},
    settings: () => defaultSettings({ cpus: 8, memoryMiB: 16_384 }, '/tmp'),
    machine: { state: machineState('running'), guestReport: () => undefined },
    link: linkOf({ stdout: '' }),
    dns: { problem: undefined, settled: () => Promise.resolve() },
    ports: { forwards: [] },
    dockerAccess: { tools: { dockerHost: 'unix:///nowhere/berth/run/docker.sock', context: 'present' } },
    disk: { space: () => Promise.resolve({ host: { total: 1e12, free: 1e12 } }) },
    engine: { probeRegistry: () => Promise.resolve() },
    logins: { forImage: () => Promise.resolve({}) },
    ...changes,
  }
}

/** A link on which every command has this result. */
export function linkOf(result: Partial<CommandResult>): DiagnosticsContext['link'] {
  return { isUp: true, exec: () => Promise.resolve({ code: 0, stdout: '', stderr: '', ...result }) }
}

export const linkDown: DiagnosticsContext['link'] = {
  isUp: false,
  exec: () => Promise.reject(new Error('there is no machine')),
}
