import { beforeAll, describe, expect, it } from 'vitest'
import { loadTexts, showLanguage } from '../../../../src/renderer/lib/i18n'
import { layerNames, type LayerName } from '../../../../src/renderer/lib/layer-status'
import { orderedContainers, stackLayers, type StackInput } from '../../../../src/renderer/lib/stack'
import { machinePhases, type MachineState } from '../../../../src/shared/machine'
import type { StackFacts } from '../../../../src/shared/stack'
import { container } from '../support'

beforeAll(() => Promise.all([showLanguage('en'), loadTexts('stack')]))

function machine(change: Partial<MachineState>): MachineState {
  return { phase: 'running', since: 0, steps: [], reconnecting: false, ...change }
}
const facts: StackFacts = {
  computer: {
    processor: 'Example CPU',
    processors: 4,
    architecture: 'x64',
    cpu: 2,
    memory: { total: 8 * 2 ** 30, available: 2 * 2 ** 30 },
    disk: { folder: '/home', total: 100e9, free: 40e9 },
    virtual: false,
    system: 'Example OS 1',
    kernel: 'Linux 6.1',
    uptime: 7200,
  },
  qemu: {
    pid: 4711,
    program: '/usr/bin/qemu',
    version: 'QEMU emulator version 7.2.22 (Debian)',
    processors: 2,
    memory: 2 ** 31,
    cpu: 0.5,
    resident: 2 ** 30,
  },
  guest: {
    kernel: '6.12.48',
    uptime: 180,
    processors: 2,
    cpu: 0.1,
    memory: { total: 2 ** 31, available: 2 ** 30 },
    disk: { total: 16e9, used: 1e9, free: 15e9 },
    cgroup: { version: 2, controllers: ['cpu', 'memory'], groups: ['docker', 'engine'] },
    namespaces: ['net', 'pid'],
    dockerd: { pid: 210, resident: 2 ** 26 },
    containerd: null,
    shims: 1,
  },
  engine: {
    components: [
      { name: 'Engine', version: '28.5.2', commit: '' },
      { name: 'containerd', version: 'v2.1.4', commit: '' },
      { name: 'runc', version: '1.3.3', commit: '' },
    ],
    storageDriver: 'overlay2',
    storage: [],
    folder: '/var/lib/docker',
    cgroupDriver: 'cgroupfs',
    runtime: 'runc',
    security: ['seccomp'],
  },
}
const running: StackInput = {
  facts,
  machine: machine({ accelerator: { name: 'tcg', rejected: [] } }),
  live: true,
  containers: [container()],
  age: (milliseconds) => `${String(milliseconds / 1000)} s`,
}

function layer(input: StackInput, name: LayerName) {
  const found = stackLayers(input).find((each) => each.name === name)
  if (found === undefined) throw new Error(`no layer ${name}`)
  return found
}
function fact(input: StackInput, name: LayerName, label: string) {
  return layer(input, name).facts.find((each) => each.label === label)
}

describe('the layers', () => {
  it('name what runs', () => {
    expect(layer(running, 'hardware').headline).toBe('Example CPU · 4 processors · 8 GiB')
    expect(layer(running, 'qemu').headline).toBe('QEMU 7.2.22, process 4711')
    expect(layer(running, 'kernel').headline).toBe('Linux 6.12.48 · cgroup v2 · up 180 s')
    expect(layer(running, 'engine').headline).toBe('dockerd 28.5.2 · containerd 2.1.4 · runc 1.3.3')
    expect(layer(running, 'containers').headline).toBe('1 running of 1')
  })

  it('give a reason in every phase', () => {
    for (const phase of machinePhases) {
      const layers = stackLayers({ ...running, facts: undefined, machine: machine({ phase }), live: false })
      expect(layers.map(({ name }) => name)).toEqual(layerNames)
      for (const { headline, facts: shown } of layers) {
        expect(headline).not.toMatch(/^$|stack\./)
        for (const { label, text } of shown) expect(`${label} ${text}`).not.toMatch(/stack\.|machine\./)
      }
    }
  })

  it('show the use as a share of the whole', () => {
    expect(layer(running, 'hardware').meters.map(({ share }) => share)).toEqual([0.5, 0.75])
    expect(layer(running, 'qemu').meters).toMatchObject([
      { text: '50 %', share: 0.25 },
      { text: '1 GiB', share: 0.125 },
    ])
  })

  it('name the processes of the engine in the machine', () => {
    expect(fact(running, 'engine', 'dockerd')?.text).toBe(
      '28.5.2 · process 210 in the machine · 64 MiB of memory',
    )
    expect(fact(running, 'engine', 'containerd')?.text).toBe('2.1.4')
    expect(fact(running, 'kernel', 'cgroup hierarchy')?.text).toBe('/  /docker  /engine')
  })

  it('say why a fact is missing', () => {
    const stopped = {
      ...running,
      facts: { ...facts, qemu: null, guest: null, engine: null },
      machine: machine({ phase: 'stopped' }),
      live: false,
    }
    expect(fact(stopped, 'kernel', 'Kernel')).toMatchObject({
      text: 'The machine is not running.',
      missing: true,
    })
    expect(layer(stopped, 'qemu').meters).toEqual([])
    const first = { ...running, facts: { ...facts, computer: { ...facts.computer, cpu: null, disk: null } } }
    expect(fact(first, 'hardware', 'CPU in use')).toMatchObject({ text: 'measuring …', missing: true })
    expect(fact(first, 'hardware', 'Disk')).toMatchObject({ text: 'could not be read', missing: true })
  })

  it('show rejected accelerators', () => {
    const rejected = [{ name: 'kvm' as const, reason: 'no /dev/kvm' }]
    const input = { ...running, machine: machine({ accelerator: { name: 'tcg', rejected } }) }
    expect(fact(input, 'hypervisor', 'Not used')?.text).toContain('no /dev/kvm')
  })

  it('put running containers first', () => {
    const all = [
      container({ id: 'a', name: 'a', state: 'exited' }),
      container({ id: 'c', name: 'c' }),
      container({ id: 'b', name: 'b', state: 'paused' }),
    ]
    expect(orderedContainers(all).map(({ name }) => name)).toEqual(['b', 'c', 'a'])
  })
})
