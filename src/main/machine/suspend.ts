import { z } from 'zod'
import type { MachineSettings } from '../../shared/settings'
import { message, within } from '../lib'
import type { SshLink } from '../ssh'
import { launch, type LaunchChoice, type MachineHost, type PreparedMachine } from './prepare'
import {
  compare,
  identify,
  type Suspended,
  type SuspendedMachine,
  type SuspendParticipant,
} from './suspended'
import type { VirtualMachine } from '../qemu'

/** How long each part may take, milliseconds. */
const limits = { quietMs: 30_000, saveMs: 120_000, restoreMs: 60_000 }

/**
 * What is not on the disk yet would be lost should the machine not go on. What the guest only keeps to read it faster
 * is not worth saving, but for the programs that answer first.
 */
const quietCommand = [
  'sync',
  'echo 1 >/proc/sys/vm/drop_caches',
  'cat /usr/sbin/sshd /usr/lib/openssh/sshd-* >/dev/null',
  "awk '/^MemTotal/ { all = $2 } /^MemFree/ { print (all - $2) * 1024 }' /proc/meminfo",
].join('; ')

export interface SuspendServices {
  host: MachineHost
  kept: SuspendedMachine
  participants: readonly SuspendParticipant[]
}

/**
 * Saves a running machine and ends QEMU. When it rejects, nothing is kept, the link is closed and the machine runs
 * on, unless QEMU has ended.
 */
export async function suspend(
  { host, kept, participants }: SuspendServices,
  running: { vm: VirtualMachine; link: SshLink; prepared: PreparedMachine; choice: LaunchChoice },
): Promise<void> {
  const { vm, link, prepared, choice } = running
  const begin = performance.now()
  const asked: SuspendParticipant[] = []
  try {
    const { stdout } = await late(link.exec(quietCommand, { background: true }), limits.quietMs)
    const used = z.coerce.number().positive().parse(stdout.trim())
    await kept.makeRoom(used * 1.1 + 64 * 2 ** 20)
    const states: Suspended['participants'] = {}
    for (const participant of participants) {
      asked.push(participant)
      states[participant.name] = await late(participant.prepare(), limits.quietMs)
    }
    // A connection that stood would hang the network of the resumed machine.
    await link.close()
    await vm.pause()
    await late(vm.save(kept.memory), limits.saveMs)
    await vm.quit(5_000)
    const same = await identify(host, prepared, choice)
    const { accelerator } = choice
    await kept.write({ accelerator, same, stages: vm.console.stages, participants: states })
    host.log.info({ milliseconds: Math.round(performance.now() - begin) }, 'the machine is suspended')
  } catch (error) {
    await link.close()
    await kept.discard()
    for (const participant of asked)
      await participant.abandon().catch((reason: unknown) => {
        host.log.warn({ participant: participant.name, reason: message(reason) }, 'could not go on')
      })
    await vm.resume().catch(() => undefined)
    throw error
  }
}

/**
 * Launches a suspended machine again, with its processors stopped. Rejects with why it cannot; no QEMU is left then.
 * What was kept is not used a second time.
 */
export async function restore(
  { host, kept, participants }: SuspendServices,
  suspended: Suspended,
  prepared: PreparedMachine,
  settings: MachineSettings,
  signal: AbortSignal,
): Promise<VirtualMachine> {
  const choice: LaunchChoice = { settings, accelerator: suspended.accelerator, incoming: true }
  compare(suspended.same, await identify(host, prepared, choice))
  const vm = await launch(host, prepared, choice, signal)
  try {
    vm.console.restoreStages(suspended.stages)
    await late(vm.restore(kept.memory), limits.restoreMs)
    for (const participant of participants) {
      const state = suspended.participants[participant.name]
      if (state === undefined) throw new Error(`nothing was kept for ${participant.name}`)
      await participant.resume(state)
    }
    signal.throwIfAborted()
    await kept.consume()
    return vm
  } catch (error) {
    await vm.kill()
    throw error
  }
}

function late<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  return within(promise, milliseconds, () => new Error(`it took more than ${milliseconds / 1000} s`))
}
