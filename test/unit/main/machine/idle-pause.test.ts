import { EventEmitter } from 'node:events'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IdlePause } from '../../../../src/main/machine/idle-pause'
import type { MachineState } from '../../../../src/shared/machine'

/** A machine that can be used, paused and woken. */
class FakeMachine extends EventEmitter {
  readonly link = new EventEmitter()
  state: MachineState = { phase: 'stopped', since: 0, steps: [], reconnecting: false }

  pause(): Promise<void> {
    this.enter('paused')
    return Promise.resolve()
  }

  enter(phase: MachineState['phase']): void {
    this.state = { ...this.state, phase }
    this.emit('state', this.state)
  }
}

describe('an idle machine', () => {
  let machine: FakeMachine
  let busy: boolean
  let minutes: number
  let idle: IdlePause

  beforeEach(() => {
    vi.useFakeTimers()
    machine = new FakeMachine()
    busy = false
    minutes = 5
    idle = new IdlePause({
      machine,
      link: machine.link,
      minutes: () => minutes,
      isBusy: () => busy,
      log: pino({ level: 'silent' }),
    })
    machine.enter('running')
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const pass = (forMinutes: number) => vi.advanceTimersByTime(forMinutes * 60_000)

  it('pauses exactly after the time in the settings', () => {
    pass(4.9)
    expect(machine.state.phase).toBe('running')
    pass(0.2)
    expect(machine.state.phase).toBe('paused')
  })

  it('is paused only after the time in the settings has passed since its last use', () => {
    pass(4)
    machine.link.emit('use')
    pass(4)
    expect(machine.state.phase).toBe('running')
    pass(1.1)
    expect(machine.state.phase).toBe('paused')
  })

  it('stays awake while it has work, and for the time in the settings after that', () => {
    busy = true
    pass(60)
    busy = false
    pass(4)
    expect(machine.state.phase).toBe('running')
    pass(6)
    expect(machine.state.phase).toBe('paused')
  })

  it('pauses again after it was woken', () => {
    pass(6)
    machine.link.emit('use')
    machine.enter('running')
    pass(6)
    expect(machine.state.phase).toBe('paused')
  })

  it('never pauses while the setting is 0', () => {
    minutes = 0
    idle.settingsChanged()
    pass(600)
    expect(machine.state.phase).toBe('running')
    minutes = 5
    idle.settingsChanged()
    pass(1)
    expect(machine.state.phase).toBe('paused')
  })

  it('is not paused while it is stopping', () => {
    machine.enter('stopping')
    pass(60)
    expect(machine.state.phase).toBe('stopping')
  })
})
