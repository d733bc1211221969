import { describe, expect, it } from 'vitest'
import { hasImageChoice, imageToGoBackTo } from '../../../../src/renderer/lib/machine-image'
import { BerthError } from '../../../../src/shared/errors'
import type { MachineState } from '../../../../src/shared/machine'

const upgraded = { recipe: 'b', newest: 'b', next: 'b', previous: 'a' }

function failed(
  error: BerthError,
  phase: MachineState['phase'],
  image: MachineState['image'] = upgraded,
): MachineState {
  const failure = { phase, error: error.toData(), console: [] }
  return { phase: 'failed', since: 0, steps: [], reconnecting: false, failure, image }
}

describe('a choice of images', () => {
  it('is there after an upgrade and after going back, not before', () => {
    expect(hasImageChoice({ recipe: 'a', newest: 'a', next: 'a' })).toBe(false)
    expect(hasImageChoice(upgraded)).toBe(true)
    expect(hasImageChoice({ recipe: 'a', newest: 'b', next: 'a' })).toBe(true)
  })
})

describe('going back after a failure', () => {
  const died = new BerthError('machine.qemu-died', { reason: 'guest-reset' })

  it('is offered when the newest image does not come up, or is damaged', () => {
    expect(imageToGoBackTo(failed(died, 'booting'))).toBe('a')
    const damaged = new BerthError('machine.image-corrupt', { folder: '/b', file: 'root.img' })
    expect(imageToGoBackTo(failed(damaged, 'preparing'))).toBe('a')
  })

  it('is not offered for what another image would not change', () => {
    const missing = new BerthError('host.no-space', { folder: '/', free: '0', needed: '1' })
    expect(imageToGoBackTo(failed(missing, 'preparing'))).toBeUndefined()
    const newer = new BerthError('machine.data-newer', { file: '/d', format: '2', known: '1' })
    expect(imageToGoBackTo(failed(newer, 'booting'))).toBeUndefined()
    expect(imageToGoBackTo(failed(died, 'booting', { ...upgraded, next: 'a' }))).toBeUndefined()
    expect(imageToGoBackTo(failed(died, 'booting', { recipe: 'a', newest: 'a', next: 'a' }))).toBeUndefined()
  })
})
