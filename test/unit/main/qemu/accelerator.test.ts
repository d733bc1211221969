import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acceleratorCandidates, AcceleratorMemory } from '../../../../src/main/qemu/accelerator'

const scope = { qemuVersion: 'QEMU emulator version 7.2.22', hostRelease: '6.1.0' }
const kvmFailed = [{ name: 'kvm' as const, reason: 'internal-error' }]
let folder: string
let memory: AcceleratorMemory

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-accelerator-'))
  memory = new AcceleratorMemory(join(folder, 'accelerator.json'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('the candidates are the accelerators that the host system may have, followed by emulation', () => {
  expect(acceleratorCandidates('darwin')).toEqual(['hvf', 'tcg'])
  expect(acceleratorCandidates('win32')).toEqual(['whpx', 'tcg'])
  expect(acceleratorCandidates('linux')).toEqual(['kvm', 'tcg'])
})

describe('the plan for a launch', () => {
  it('tries every accelerator the first time', async () => {
    expect(await memory.plan('linux', scope)).toEqual({ candidates: ['kvm', 'tcg'], rejected: [] })
  })

  it('begins with the proven accelerator, and still has the reasons why others were rejected', async () => {
    await memory.remember(scope, 'tcg', kvmFailed)
    expect(await memory.plan('linux', scope)).toEqual({ candidates: ['tcg'], rejected: kvmFailed })
  })

  it('keeps slower accelerators as a fallback', async () => {
    await memory.remember(scope, 'kvm', [])
    expect(await memory.plan('linux', scope)).toEqual({ candidates: ['kvm', 'tcg'], rejected: [] })
  })

  it.each([
    { ...scope, qemuVersion: 'QEMU emulator version 11.1.0' },
    { ...scope, hostRelease: '6.12.0' },
  ])(
    'tries every accelerator again if QEMU or the host kernel has changed: $qemuVersion, $hostRelease',
    async (other) => {
      await memory.remember(scope, 'tcg', kvmFailed)
      expect(await memory.plan('linux', other)).toEqual({ candidates: ['kvm', 'tcg'], rejected: [] })
    },
  )

  it('tries every accelerator again after all of them failed, or if the record is damaged', async () => {
    await memory.remember(scope, 'tcg', kvmFailed)
    await memory.forget()
    expect((await memory.plan('linux', scope)).candidates).toEqual(['kvm', 'tcg'])
    await writeFile(join(folder, 'accelerator.json'), 'not json')
    expect((await memory.plan('linux', scope)).candidates).toEqual(['kvm', 'tcg'])
  })

  it('ignores an accelerator that was proven on another operating system', async () => {
    await memory.remember(scope, 'hvf', [])
    expect((await memory.plan('linux', scope)).candidates).toEqual(['kvm', 'tcg'])
  })
})
