import { describe, expect, it } from 'vitest'
import { fullDiskError } from '../../../../src/main/machine/full-disk'
import { BerthError } from '../../../../src/shared/errors'

const disk = '/home/machine/data.qcow2'
const engineFailed = new BerthError('machine.engine-failed', { reason: 'driver not supported' })

function machine(isHostFull: boolean, space?: string) {
  return { isHostFull, console: { reported: (name: string) => (name === 'space' ? space : undefined) } }
}

describe('what failed a machine', () => {
  it('is its full data disk, when the engine did not start on it', () => {
    expect(fullDiskError(engineFailed, machine(false, 'full'), disk).toData()).toEqual({
      code: 'machine.data-full',
      params: { file: disk },
      detail: engineFailed.message,
    })
  })

  it('is the host’s full disk, whatever came of it', () => {
    const died = new BerthError('machine.qemu-died', { reason: 'SIGKILL' })
    const error = fullDiskError(died, machine(true, 'full'), disk)
    expect(error).toMatchObject({ code: 'host.no-space', params: { folder: '/home/machine' } })
  })

  it('is what it is, where there is space, or where that had nothing to do with it', () => {
    expect(fullDiskError(engineFailed, machine(false, 'ok'), disk)).toBe(engineFailed)
    expect(fullDiskError(engineFailed, undefined, disk)).toBe(engineFailed)
    const panic = new BerthError('machine.qemu-died', { reason: 'guest-reset' })
    expect(fullDiskError(panic, machine(false, 'full'), disk)).toBe(panic)
  })
})
