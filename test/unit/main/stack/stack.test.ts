import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { EngineChange } from '../../../../src/main/engine'
import type { MachineProcess } from '../../../../src/main/machine'
import { Stack } from '../../../../src/main/stack/stack'
import type { MachineState } from '../../../../src/shared/machine'
import type { EngineParts, StackFacts } from '../../../../src/shared/stack'
import { machineState, silentLog } from '../../../support/fake-services'
import { machineProcess } from './support'

const parts: EngineParts = {
  components: [],
  storageDriver: 'overlay2',
  storage: [],
  folder: '/var/lib/docker',
  cgroupDriver: 'cgroupfs',
  runtime: 'runc',
  security: [],
}
const tick = 'kernel 6.12\ntick 10 2000 1500 1 0 0 9 0 0 0 0 0 0\n'

/** A machine whose phase the test sets, and whose streams the test writes. */
function world() {
  const streams: PassThrough[] = []
  const machine = Object.assign(new EventEmitter<{ state: [MachineState] }>(), {
    state: machineState('stopped'),
    process: undefined as MachineProcess | undefined,
  })
  const link = Object.assign(new EventEmitter<{ up: [] }>(), {
    isUp: true,
    openCommand: () => {
      const stream = new PassThrough()
      streams.push(stream)
      return Promise.resolve(stream)
    },
  })
  const state = Object.assign(new EventEmitter<{ change: [EngineChange] }>(), { isOnline: false })
  const read = vi.fn(() => Promise.resolve(parts))
  const stack = new Stack({
    folder: '/',
    log: silentLog,
    machine,
    link,
    state,
    engine: { parts: read },
    pause: 20,
  })
  const enter = (phase: MachineState['phase']) => {
    machine.state = machineState(phase)
    machine.process = phase === 'stopped' ? undefined : { ...machineProcess, pid: process.pid }
    machine.emit('state', machine.state)
  }
  return { stack, streams, enter, state, read }
}

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function watch(stack: Stack): StackFacts[] {
  const seen: StackFacts[] = []
  ends.push(stack.watch().subscribe((facts) => seen.push(facts)))
  return seen
}

describe('the stack', () => {
  it('names only this computer while the machine is stopped', async () => {
    const { stack, streams } = world()
    const seen = watch(stack)
    await vi.waitFor(() => {
      expect(seen).not.toHaveLength(0)
    })
    expect(seen.at(-1)).toMatchObject({ qemu: null, guest: null, engine: null })
    expect(streams).toHaveLength(0)
  })

  it('reads QEMU, the guest and the engine once they run', async () => {
    const { stack, streams, enter, state } = world()
    const seen = watch(stack)
    enter('running')
    state.isOnline = true
    await vi.waitFor(() => {
      expect(streams).toHaveLength(1)
    })
    streams[0]?.write(tick)
    await vi.waitFor(() => {
      expect(seen.at(-1)?.guest?.kernel).toBe('6.12')
    })
    await vi.waitFor(() => {
      expect(seen.at(-1)?.engine).toEqual(parts)
    })
    expect(seen.at(-1)?.qemu).toMatchObject({ pid: process.pid, processors: 2, memory: 2 ** 31 })
    await vi.waitFor(() => {
      expect(seen.at(-1)?.qemu?.resident).toBeGreaterThan(0)
    })
  })

  it('leaves the program of a paused machine alone, and ends it when the machine stops', async () => {
    const { stack, streams, enter } = world()
    const seen = watch(stack)
    enter('running')
    await vi.waitFor(() => {
      expect(streams).toHaveLength(1)
    })
    streams[0]?.write(tick)
    await vi.waitFor(() => {
      expect(seen.at(-1)?.guest).not.toBeNull()
    })
    enter('paused')
    const count = seen.length
    await vi.waitFor(() => {
      expect(seen.length).toBeGreaterThan(count + 1)
    })
    expect(seen.at(-1)?.guest?.kernel).toBe('6.12')
    expect(streams[0]?.destroyed).toBe(false)
    enter('stopped')
    expect(streams[0]?.destroyed).toBe(true)
    expect(seen.at(-1)).toMatchObject({ guest: null, qemu: null })
  })

  it('starts the program again if it has ended', async () => {
    const { stack, streams, enter } = world()
    watch(stack)
    enter('running')
    await vi.waitFor(() => {
      expect(streams).toHaveLength(1)
    })
    streams[0]?.destroy()
    await vi.waitFor(() => {
      expect(streams).toHaveLength(2)
    })
  })

  it('asks a restarted engine again', async () => {
    const { stack, enter, state, read } = world()
    const seen = watch(stack)
    enter('running')
    state.isOnline = true
    await vi.waitFor(() => {
      expect(seen.at(-1)?.engine).toEqual(parts)
    })
    state.isOnline = false
    state.emit('change', { type: 'offline' })
    expect(seen.at(-1)?.engine).toBeNull()
    state.isOnline = true
    await vi.waitFor(() => {
      expect(read).toHaveBeenCalledTimes(2)
    })
  })

  it('reads nothing after its last watcher has left', async () => {
    const { stack, streams, enter } = world()
    const seen = watch(stack)
    enter('running')
    await vi.waitFor(() => {
      expect(streams).toHaveLength(1)
    })
    for (const end of ends.splice(0)) end()
    expect(streams[0]?.destroyed).toBe(true)
    const count = seen.length
    enter('running')
    expect(seen).toHaveLength(count)
    expect(streams).toHaveLength(1)
    expect(stack.watch().snapshot()).toBeUndefined()
  })
})
