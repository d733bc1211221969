import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EngineChange, EngineSnapshot } from '../../../../src/main/engine'
import { berthPaths } from '../../../../src/main/host'
import { Comparison, type ComparisonOptions } from '../../../../src/main/stack/comparison'
import { BerthError } from '../../../../src/shared/errors'
import { Tasks } from '../../../../src/main/tasks'
import type { Container } from '../../../../src/shared/containers'
import type { MachinePhase, MachineState } from '../../../../src/shared/machine'
import { median } from '../../../../src/shared/stack-comparison'
import { container, engineInfo, image } from '../../renderer/support'
import { machineState, silentLog } from '../../../support/fake-services'
import { machineProcess } from './support'

const emptyEngine: EngineSnapshot = {
  type: 'snapshot',
  engine: engineInfo,
  containers: [],
  images: [],
  volumes: [],
  networks: [],
}

let folder: string
let tasks: Tasks

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-comparison-'))
  tasks = await Tasks.open({ folder, log: silentLog })
})
afterEach(async () => {
  await tasks.closeAll()
  await rm(folder, { recursive: true, force: true })
})

/** An engine whose containers print nothing. */
function world(phase: MachinePhase = 'running') {
  const calls: string[] = []
  const done = (call: string) => {
    calls.push(call)
    return Promise.resolve()
  }
  const state = Object.assign(new EventEmitter<{ change: [EngineChange] }>(), {
    containers: new Map<string, Container>(),
  })
  const machine = Object.assign(new EventEmitter<{ state: [MachineState] }>(), {
    state: machineState(phase),
    process: machineProcess,
  })
  const options: ComparisonOptions = {
    paths: berthPaths({ BERTH_HOME: folder }, 'linux'),
    log: silentLog,
    platform: 'linux',
    machine,
    link: { openCommand: () => Promise.resolve(new PassThrough()) },
    state,
    engine: {
      images: {
        import: () => done('import').then(() => ({ id: 'i' })),
        get: () => Promise.resolve(image({ size: 5 })),
        remove: () => done('remove image'),
      },
      containers: {
        create: () => done('create').then(() => ({ id: 'c' })),
        attach: () =>
          Promise.resolve({
            stream: new PassThrough(),
            tty: false,
            resize: () => done('resize'),
            exitCode: () => new Promise(() => undefined),
            detach: () => void done('detach'),
          }),
        start: () => done('start'),
        usage: () => Promise.reject(new Error('not measured')),
        remove: (id: string) =>
          id === 'gone'
            ? Promise.reject(new BerthError('container.not-found', { container: id }))
            : done(`remove ${id}`),
      },
    },
    tasks,
  }
  return { comparison: new Comparison(options), calls, state }
}

describe('a comparison', () => {
  it('needs a running machine', () => {
    const { comparison } = world('stopped')
    expect(() => comparison.start()).toThrow(
      expect.objectContaining({ code: 'machine.not-running' }) as Error,
    )
  })

  it('runs only once at a time', async () => {
    const { comparison } = world()
    const id = comparison.start()
    expect(comparison.start()).toBe(id)
    await tasks.cancel(id)
    expect(comparison.start()).not.toBe(id)
  })

  it('leaves nothing behind when it is cancelled', async () => {
    const { comparison, calls } = world()
    const id = comparison.start()
    await vi.waitFor(() => {
      expect(calls).toContain('start')
    })
    await tasks.cancel(id)
    expect(tasks.get(id).state).toBe('cancelled')
    expect(calls.slice(calls.indexOf('start') + 1)).toEqual(['detach', 'remove c', 'remove image'])
  })

  it('removes what an app that has died has left', async () => {
    const { calls, state } = world()
    state.emit('change', { ...emptyEngine, images: [image()] })
    expect(calls).toEqual([])
    state.containers.set('gone', container({ id: 'gone', image: 'berth/comparison:latest' }))
    state.containers.set('old', container({ id: 'old', image: 'berth/comparison:latest' }))
    state.containers.set('other', container({ id: 'other' }))
    state.emit('change', { ...emptyEngine, images: [image({ tags: ['berth/comparison:latest'] })] })
    await vi.waitFor(() => {
      expect(calls).toEqual(['remove old', 'remove image'])
    })
  })
})

describe('the median', () => {
  it('is the middle value, or the mean of the two middle ones', () => {
    expect(median([30, 10, 20])).toBe(20)
    expect(median([10, 40, 20, 30])).toBe(25)
    expect(median([7])).toBe(7)
  })
})
