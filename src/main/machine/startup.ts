import { BerthError } from '../../shared/errors'
import type { MachineState } from '../../shared/machine'
import type { MachineSettings } from '../../shared/settings'
import { message, untilAborted, within } from '../lib'
import type { SshLink } from '../ssh'
import { boot } from './boot'
import { connect } from './connect'
import * as lifecycle from './lifecycle'
import { resumeError } from './machine-errors'
import type { defaultLimits, MachineOptions } from './machine-options'
import { confirmMounts, type VirtualMachine } from '../qemu'
import { launch, prepare, type LaunchChoice, type PreparedMachine } from './prepare'
import { restore, type SuspendServices } from './suspend'
import type { Suspended } from './suspended'

/** How much longer than usual a start may take that looks at all of the data disk. */
const repairPatience = 10

/** What the running machine was launched with. */
export interface Launched {
  prepared: PreparedMachine
  choice: LaunchChoice
}

/** The machine that is being started: it owns the state and the virtual machine. */
export interface StartupOwner {
  readonly state: MachineState
  show(state: MachineState): void
  /** From here on the virtual machine's own end and the guest's failures decide; they abort what is under way. */
  adopt(vm: VirtualMachine, launched: Launched, abort: AbortController): void
  /** Ends the virtual machine that was adopted, which could not go on; nobody is told. */
  drop(): Promise<void>
}

export interface StartupOptions {
  owner: StartupOwner
  link: SshLink
  settings: () => MachineSettings
  waitForEngine: MachineOptions['waitForEngine']
  limits: typeof defaultLimits
  suspending: SuspendServices
}

/** The way from a stopped machine to an engine that answers: by going on with a suspended one, or by a boot. */
export class Startup {
  readonly #options: StartupOptions

  constructor(options: StartupOptions) {
    this.#options = options
  }

  /** Resolves when the engine answers, with what was launched. Rejects with what went wrong, or with the abort's reason. */
  async run(abort: AbortController): Promise<PreparedMachine> {
    const { owner, link, suspending } = this.#options
    const prepared = await this.#prepare(abort.signal)
    if (await this.#resume(prepared, abort.signal)) return prepared
    const vm = await this.#boot(prepared, abort)
    owner.show(lifecycle.move(owner.state, 'connect', Date.now()))
    await connect(link, vm, prepared.keys, abort.signal)
    await confirmMounts(vm.qmp, suspending.host)
    owner.show(lifecycle.move(owner.state, 'engine', Date.now()))
    await this.#engine(vm, abort.signal, prepared.repairDisk ? repairPatience : 1)
    return prepared
  }

  #prepare(signal: AbortSignal): Promise<PreparedMachine> {
    const { owner, suspending, settings } = this.#options
    return prepare(suspending.host, settings, signal, (change) => {
      if (!signal.aborted) owner.show(change(owner.state))
    })
  }

  /**
   * Goes on with a suspended machine; false when there is none. One that cannot go on, for whatever reason, is
   * forgotten, and the state tells why it is booted.
   */
  async #resume(prepared: PreparedMachine, signal: AbortSignal): Promise<boolean> {
    const { owner, link, suspending } = this.#options
    const { kept, host } = suspending
    const attempt = new AbortController()
    const stop = () => {
      attempt.abort(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      // A repair changes the disk under it.
      const suspended = prepared.repairDisk ? undefined : await kept.read()
      if (suspended) await this.#goOn(suspended, prepared, attempt)
      return suspended !== undefined
    } catch (error) {
      await link.close()
      await owner.drop()
      signal.throwIfAborted()
      const reason = resumeError(error)
      host.log.warn({ code: reason.code, detail: reason.detail }, 'the suspended machine cannot go on')
      owner.show(lifecycle.withoutResuming(owner.state, reason.toData(), Date.now()))
      return false
    } finally {
      signal.removeEventListener('abort', stop)
      // Also what a crash has left: a memory without its record.
      await kept.discard()
    }
  }

  async #goOn(suspended: Suspended, prepared: PreparedMachine, attempt: AbortController): Promise<void> {
    const { owner, link, suspending, settings: currentSettings } = this.#options
    const { accelerator } = suspended
    const settings = currentSettings()
    owner.show(lifecycle.move(owner.state, 'resume', Date.now()))
    const vm = await restore(suspending, suspended, prepared, settings, attempt.signal)
    owner.adopt(vm, { prepared, choice: { settings, accelerator } }, attempt)
    await vm.resume()
    const { rejected } = await prepared.accelerators.plan(suspending.host.platform, prepared.proofScope)
    owner.show(lifecycle.withAccelerator(owner.state, accelerator, rejected))
    owner.show(lifecycle.beginStep(owner.state, 'connect', Date.now()))
    await connect(link, vm, prepared.keys, attempt.signal)
    await confirmMounts(vm.qmp, suspending.host)
    owner.show(lifecycle.beginStep(owner.state, 'engine', Date.now()))
    await this.#engine(vm, attempt.signal)
  }

  async #boot(prepared: PreparedMachine, abort: AbortController): Promise<VirtualMachine> {
    const { owner, suspending, limits } = this.#options
    const { host } = suspending
    const { signal } = abort
    const { accelerators, proofScope } = prepared
    owner.show(lifecycle.move(owner.state, 'boot', Date.now()))
    const plan = await accelerators.plan(host.platform, proofScope)
    const { bootMs } = limits
    const settings = this.#options.settings()
    const { machine, accelerator, rejected, conclusive } = await boot(
      {
        plan,
        launch: (name) => launch(host, prepared, { settings, accelerator: name }, signal),
        log: host.log,
        emulatedMs: bootMs,
      },
      signal,
    ).catch(async (error: unknown) => {
      await accelerators.forget()
      throw error
    })
    owner.adopt(machine, { prepared, choice: { settings, accelerator } }, abort)
    owner.show(lifecycle.withAccelerator(owner.state, accelerator, rejected))
    const remembered = conclusive
      ? accelerators.remember(proofScope, accelerator, rejected)
      : accelerators.forget()
    await remembered.catch((error: unknown) => {
      host.log.warn({ reason: message(error) }, 'which accelerator works could not be noted')
    })
    const timeout = () => new BerthError('machine.boot-timeout', { seconds: bootMs / 1000 })
    await untilAborted(within(machine.console.reached('sshd'), bootMs, timeout), signal)
    return machine
  }

  async #engine(vm: VirtualMachine, signal: AbortSignal, patience = 1): Promise<void> {
    const { limits, waitForEngine } = this.#options
    const engineMs = limits.engineMs * patience
    const timeout = () => new BerthError('machine.engine-timeout', { seconds: engineMs / 1000 })
    // Asking before its socket is there would only take processor time from its start.
    const answers = vm.console.reached('dockerd').then(() => waitForEngine(signal))
    await untilAborted(within(answers, engineMs, timeout), signal)
  }
}
