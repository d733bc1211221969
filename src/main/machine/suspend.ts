import { z } from 'zod'
import type { MachineSettings } from '../../shared/settings'
import { message, within } from '../lib'
import type { VirtualMachine } from '../qemu'
import type { SshLink } from '../ssh'
import {
  launch,
  type LaunchChoice,
  type LaunchedMachine,
  type MachineHost,
  type PreparedMachine,
} from './launch'
import {
  compare,
  identify,
  type Suspended,
  type SuspendedMachine,
  type SuspendParticipant,
} from './suspended-machine'

/** How long each part may take, milliseconds. */
const limits = { quietMs: 30_000, saveMs: 120_000, restoreMs: 60_000 }

/**
 * Prepares the guest for a suspend. `sync` writes all unsaved data to the disk, because a failed resume would lose it.
 * Then the page cache is dropped, because it is not worth saving. Only sshd is read into the cache again, because it
 * answers first after a resume. The last command prints how many bytes of memory are in use.
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
 * Saves a running machine and ends QEMU. If this rejects, nothing is saved and the link is closed. The machine then
 * continues to run, unless QEMU has ended.
 */
export async function suspend(
  { host, kept, participants }: SuspendServices,
  running: LaunchedMachine & { link: SshLink },
): Promise<void> {
  const { vm, link, prepared, choice } = running
  const begin = performance.now()
  const asked: SuspendParticipant[] = []
  try {
    const { stdout } = await inTime(link.exec(quietCommand, { background: true }), limits.quietMs)
    const used = z.coerce.number().positive().parse(stdout.trim())
    await kept.makeRoom(used * 1.1 + 64 * 2 ** 20)
    const states: Suspended['participants'] = {}
    for (const participant of participants) {
      asked.push(participant)
      states[participant.name] = await inTime(participant.prepare(), limits.quietMs)
    }
    // An open connection would block the network of the resumed machine.
    await link.close()
    await vm.pause()
    await inTime(vm.save(kept.memory), limits.saveMs)
    await vm.quit(5_000)
    const same = await identify(host, prepared, choice)
    const { accelerator } = choice
    await kept.write({ accelerator, same, ...vm.console.history, participants: states })
    host.log.info({ milliseconds: Math.round(performance.now() - begin) }, 'machine suspended')
  } catch (error) {
    await link.close()
    await kept.discard()
    for (const participant of asked)
      await participant.abandon().catch((reason: unknown) => {
        host.log.warn(
          { participant: participant.name, reason: message(reason) },
          'could not return a part of the machine to normal after a failed suspend',
        )
      })
    await vm.resume().catch(() => undefined)
    throw error
  }
}

/**
 * Launches QEMU with the memory of a suspended machine. The machine's processors stay stopped. The saved memory cannot
 * be used a second time. If this rejects, no QEMU is left running.
 * @throws BerthError machine.resume-host, machine.resume-image, machine.resume-settings, machine.resume-disk, or the
 * error of the launch, of the memory's transfer or of a participant; the signal's reason
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
    vm.console.restore(suspended)
    await inTime(vm.restore(kept.memory), limits.restoreMs)
    for (const participant of participants) {
      const state = suspended.participants[participant.name]
      if (state === undefined) throw new Error(`nothing was saved for ${participant.name}`)
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

function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  return within(promise, milliseconds, () => new Error(`it took more than ${milliseconds / 1000} s`))
}
