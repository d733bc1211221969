import type { Readable } from 'node:stream'
import type { AppInfo } from '../../shared/contract'
import type { RunRequest } from '../../shared/containers'
import type { PullLayer } from '../../shared/images'
import type { CheckResult, ServiceFix } from '../../shared/diagnostics'
import type {
  CompactionProgress,
  CompactionResult,
  DiskUsage,
  ReclaimResult,
  ReclaimTarget,
} from '../../shared/disk'
import type { DockerTools } from '../../shared/docker-cli'
import type { MachineState } from '../../shared/machine'
import type { MountsState } from '../../shared/mounts'
import type { PortForward } from '../../shared/ports'
import type { LogEntry, SessionTarget, TerminalSize } from '../../shared/sessions'
import type { SharedFolder } from '../../shared/settings'
import type { Configuration } from '../configuration'
import type { Logger } from '../host'
import type { EngineChange, EngineState, PullLogin } from '../engine'
import type { Emits } from '../lib'
import type { NetworkPorts, PortForwarder } from '../ports'
import type { RegistryLogins } from '../registries'
import type { SessionList, TerminalSource } from '../sessions'

/** What the contract is served from; `Berth` is the real one. */
export interface ApiServices {
  readonly log: Logger
  readonly info: AppInfo
  quit(): void
  readonly machine: {
    readonly state: MachineState
    start(): Promise<void>
    stop(): Promise<void>
    useImage(which: 'previous' | 'newest'): Promise<void>
    consoleTail(lines?: number): string[]
  }
  readonly dockerHost: { readonly tools: DockerTools; recheck(): Promise<void> }
  onDockerTools(listener: (tools: DockerTools) => void): () => void
  readonly configuration: Pick<
    Configuration,
    'state' | 'update' | 'apply' | 'daemonText' | 'startWithoutDaemon' | 'dismissProblem'
  >
  readonly mounts: {
    readonly state: MountsState
    checkFolders(folders: readonly SharedFolder[]): Promise<void>
  }
  onMounts(listener: (state: MountsState) => void): () => void
  onConfiguration(listener: () => void): () => void
  onMachineState(listener: (state: MachineState) => void): () => void
  /** Creates and starts a container with its ports open, or leaves nothing behind. */
  runContainer(request: RunRequest): Promise<{ id: string }>
  startContainer(id: string): Promise<void>
  restartContainer(id: string): Promise<void>
  readonly state: Pick<EngineState, 'containers' | 'isOnline' | 'snapshot'> & Emits<'change', [EngineChange]>
  readonly engine: {
    readonly containers: {
      stop(id: string, graceSeconds?: number): Promise<void>
      kill(id: string): Promise<void>
      remove(id: string, options: { force: boolean; volumes: boolean }): Promise<void>
      inspect(id: string): Promise<string>
      logs(
        id: string,
        options: { tail: number; follow: boolean; signal: AbortSignal },
      ): AsyncIterable<LogEntry[]>
    }
    readonly images: {
      pull(reference: string, signal: AbortSignal, login: PullLogin): AsyncIterable<PullLayer[]>
      remove(image: string, force: boolean): Promise<void>
      import(reference: string, tar: Readable): Promise<{ id: string }>
    }
    readonly volumes: {
      create(name: string): Promise<void>
      remove(name: string): Promise<void>
      prune(): Promise<{ removed: string[]; bytes: number }>
    }
  }
  readonly ports: Pick<PortForwarder, 'forwards' | 'retry'> & Emits<'change', [PortForward[]]>
  readonly networkPorts: Pick<NetworkPorts, 'set'>
  readonly logins: Pick<RegistryLogins, 'forImage' | 'list' | 'logIn' | 'logOut'>
  readonly disk: {
    usage(): Promise<DiskUsage>
    reclaim(target: ReclaimTarget): Promise<ReclaimResult>
  }
  readonly maintenance: {
    repair(): Promise<void>
    reset(options: { settings: boolean }): Promise<void>
    compact(report: (progress: CompactionProgress) => void, signal: AbortSignal): Promise<CompactionResult>
  }
  readonly diagnostics: {
    run(signal: AbortSignal): AsyncGenerator<CheckResult, void>
    bundle(signal: AbortSignal): Promise<Buffer>
    fix(action: ServiceFix): Promise<void>
  }
  readonly sessions: SessionList
  /** Starts a shell. The title is what the session shows. */
  openTerminal(target: SessionTarget, size: TerminalSize): Promise<{ title: string; source: TerminalSource }>
}
