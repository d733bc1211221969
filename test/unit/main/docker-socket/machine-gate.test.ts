import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { whenRunning } from '../../../../src/main/docker-socket/machine-gate'
import type { MachineState } from '../../../../src/shared/machine'

class WatchedMachine extends EventEmitter<{ state: [MachineState] }> {
  state: MachineState
  constructor(phase: MachineState['phase'], startedAt = Date.now()) {
    super()
    this.state = { phase, since: startedAt, steps: [{ name: 'image', startedAt }], reconnecting: false }
  }

  become(change: Partial<MachineState>): void {
    this.state = { ...this.state, ...change }
    this.emit('state', this.state)
  }
}

describe('a docker client', () => {
  it('may use a running machine, even while its link reconnects', async () => {
    const machine = new WatchedMachine('running')
    machine.become({ reconnecting: true })
    await expect(whenRunning(machine)).resolves.toBeUndefined()
  })

  it('may use a paused machine, because its request wakes the machine', async () => {
    await expect(whenRunning(new WatchedMachine('paused'))).resolves.toBeUndefined()
  })

  it('waits for a start that is in progress', async () => {
    const machine = new WatchedMachine('preparing')
    const waiting = whenRunning(machine)
    machine.become({ phase: 'booting' })
    machine.become({ phase: 'running' })
    await expect(waiting).resolves.toBeUndefined()
    expect(machine.listenerCount('state')).toBe(0)
  })

  it.each(['stopped', 'stopping', 'suspending'] as const)(
    'gets the error that the machine is not running if the machine is %s',
    async (phase) => {
      await expect(whenRunning(new WatchedMachine(phase))).rejects.toMatchObject({
        code: 'machine.not-running',
      })
    },
  )

  it('gets the reason if the start of the machine fails', async () => {
    const machine = new WatchedMachine('booting')
    const waiting = whenRunning(machine)
    machine.become({
      phase: 'failed',
      failure: {
        phase: 'booting',
        error: { code: 'machine.boot-timeout', params: { seconds: 180 } },
        console: [],
      },
    })
    await expect(waiting).rejects.toMatchObject({
      code: 'docker.machine-failed',
      params: { reason: expect.stringContaining('180') as string },
    })
    expect(machine.listenerCount('state')).toBe(0)
  })

  it('waits only for a limited time, which counts from the beginning of the start', async () => {
    await expect(whenRunning(new WatchedMachine('booting'), 0)).rejects.toMatchObject({
      code: 'docker.machine-starting',
    })
    const long = new WatchedMachine('booting', Date.now() - 3_600_000)
    await expect(whenRunning(long)).rejects.toMatchObject({ code: 'docker.machine-starting' })
    expect(long.listenerCount('state')).toBe(0)
  })
})
