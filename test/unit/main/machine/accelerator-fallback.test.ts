import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { bootWithFallback, type Bootable } from '../../../../src/main/machine/accelerator-fallback'
import type { MachineEnd } from '../../../../src/main/qemu/virtual-machine'
import { BerthError } from '../../../../src/shared/errors'
import type { Accelerator } from '../../../../src/shared/machine'

const never = new AbortController().signal
const pending = new Promise<never>(() => undefined)

class FakeMachine implements Bootable {
  killed = false
  readonly console: Bootable['console']
  readonly ended: Promise<MachineEnd>

  constructor(fate: 'up' | 'silent' | { end: string }) {
    this.console = { reached: () => (fate === 'up' ? Promise.resolve() : pending) }
    this.ended =
      typeof fate === 'object'
        ? Promise.resolve({ reason: fate.end, poweredOff: false, noSpace: false, stderr: '' })
        : pending
  }

  kill() {
    this.killed = true
    return Promise.resolve()
  }
}

type Fate = ConstructorParameters<typeof FakeMachine>[0] | BerthError

function launching(fates: Partial<Record<Accelerator, Fate>>) {
  const machines: FakeMachine[] = []
  const options = {
    plan: { candidates: Object.keys(fates) as Accelerator[], rejected: [] },
    launch: (accelerator: Accelerator) => {
      const fate = fates[accelerator] ?? 'silent'
      if (fate instanceof BerthError) return Promise.reject(fate)
      const machine = new FakeMachine(fate)
      machines.push(machine)
      return Promise.resolve(machine)
    },
    log: pino({ level: 'silent' }),
    provingMs: 20,
    emulatedMs: 40,
  }
  return { machines, options }
}

describe('booting', () => {
  it('stays with the first accelerator on which the kernel boots', async () => {
    const { options, machines } = launching({ kvm: 'up', tcg: 'up' })
    expect(await bootWithFallback(options, never)).toMatchObject({ accelerator: 'kvm', rejected: [] })
    expect(machines).toHaveLength(1)
  })

  it.each<[Fate, string, boolean]>([
    [{ end: 'internal-error' }, 'internal-error', true],
    ['silent', 'the guest did not come up within 0.02 s', false],
    [new BerthError('machine.qemu-start', { reason: 'no such accelerator' }), 'no such accelerator', false],
  ])(
    'tries the next accelerator after a failure, and records the reason and whether the reason is conclusive: %o',
    async (fate, reason, conclusive) => {
      const { options, machines } = launching({ kvm: fate, tcg: 'up' })
      const booted = await bootWithFallback(options, never)
      expect(booted).toMatchObject({ accelerator: 'tcg', rejected: [{ name: 'kvm', reason }], conclusive })
      expect(machines.map(({ killed }) => killed)).toEqual(
        fate instanceof BerthError ? [false] : [true, false],
      )
    },
  )

  it('still reports the accelerators that an earlier launch rejected', async () => {
    const { options } = launching({ tcg: 'up' })
    const rejected = [{ name: 'kvm' as const, reason: 'internal-error' }]
    expect(
      await bootWithFallback({ ...options, plan: { candidates: ['tcg'], rejected } }, never),
    ).toMatchObject({
      rejected,
    })
  })

  it('does not blame the accelerator for a disk that cannot be used', async () => {
    const locked = new BerthError('machine.disk-locked', { file: 'data.qcow2' })
    const { options, machines } = launching({ kvm: locked, tcg: 'up' })
    await expect(bootWithFallback(options, never)).rejects.toBe(locked)
    expect(machines).toEqual([])
  })

  it('names every reason if no accelerator works', async () => {
    const { options } = launching({ kvm: { end: 'internal-error' }, tcg: { end: 'guest-panic' } })
    await expect(bootWithFallback(options, never)).rejects.toMatchObject({
      code: 'machine.accelerators-failed',
      params: { tried: 'kvm: internal-error; tcg: guest-panic' },
    })
  })

  it('reports one error if QEMU fails with the same error for every accelerator', async () => {
    const broken = () => new BerthError('machine.qemu-start', { reason: 'it ended with code 1' })
    const { options } = launching({ kvm: broken(), tcg: broken() })
    await expect(bootWithFallback(options, never)).rejects.toMatchObject({
      code: 'machine.qemu-start',
      params: { reason: 'it ended with code 1' },
    })
  })

  it('fails with a boot timeout when there is no other accelerator to try', async () => {
    const { options, machines } = launching({ tcg: 'silent' })
    await expect(bootWithFallback(options, never)).rejects.toMatchObject({
      code: 'machine.boot-timeout',
      params: { seconds: 0.04 },
    })
    expect(machines[0]?.killed).toBe(true)
  })

  it('stops when its signal aborts, and leaves no QEMU running', async () => {
    const { options, machines } = launching({ kvm: 'silent', tcg: 'up' })
    const abort = new AbortController()
    const booting = bootWithFallback({ ...options, provingMs: 10_000 }, abort.signal)
    await expect.poll(() => machines.length).toBe(1)
    abort.abort(new Error('stopped'))
    await expect(booting).rejects.toThrow('stopped')
    expect(machines.map(({ killed }) => killed)).toEqual([true])
  })
})
