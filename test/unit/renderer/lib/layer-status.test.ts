import { describe, expect, it } from 'vitest'
import { layerStatuses } from '../../../../src/renderer/lib/layer-status'
import type { MachineState } from '../../../../src/shared/machine'

function machine(change: Partial<MachineState>): MachineState {
  return { phase: 'running', since: 0, steps: [], reconnecting: false, ...change }
}
/** The layers that are not up, with their states. */
function notUp(state: MachineState, live = false) {
  const statuses = Object.entries(layerStatuses(state, live))
  return Object.fromEntries(
    statuses.flatMap(([name, status]) => (status.state === 'up' ? [] : [[name, status.state]])),
  )
}

describe('the states of the layers', () => {
  it('are all up in a running machine whose engine answers', () => {
    expect(notUp(machine({}), true)).toEqual({})
  })

  it('follow the start of the machine from the bottom up', () => {
    const off = { engine: 'off', containers: 'off' }
    expect(notUp(machine({ phase: 'stopped' }))).toEqual({
      hypervisor: 'off',
      qemu: 'off',
      kernel: 'off',
      ...off,
    })
    expect(notUp(machine({ phase: 'preparing' }))).toEqual({
      hypervisor: 'busy',
      qemu: 'off',
      kernel: 'off',
      ...off,
    })
    expect(notUp(machine({ phase: 'booting' }))).toEqual({ kernel: 'busy', ...off })
    expect(notUp(machine({ phase: 'engine' }))).toEqual({ engine: 'busy', containers: 'off' })
  })

  it('say that a pause stops the guest, and that a lost link hides it', () => {
    const above = (state: string) => ({ kernel: state, engine: state, containers: state })
    expect(notUp(machine({ phase: 'paused' }), true)).toEqual(above('paused'))
    expect(notUp(machine({ reconnecting: true }))).toEqual(above('busy'))
    expect(notUp(machine({}))).toEqual({ engine: 'busy', containers: 'busy' })
  })

  it('mark the layer in which the machine failed', () => {
    const failed = (phase: MachineState['phase']) =>
      notUp(
        machine({
          phase: 'failed',
          failure: { phase, error: { code: 'machine.qemu-died', params: {} }, console: [] },
        }),
      )
    expect(failed('booting')).toEqual({
      hypervisor: 'off',
      qemu: 'off',
      kernel: 'failed',
      engine: 'off',
      containers: 'off',
    })
    expect(failed('engine')).toMatchObject({ engine: 'failed', kernel: 'off' })
    expect(failed('running')).toMatchObject({ qemu: 'failed', hypervisor: 'off' })
  })
})
