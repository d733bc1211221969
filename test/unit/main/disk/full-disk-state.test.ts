import { describe, expect, it } from 'vitest'
import { fullDiskError } from '../../../../src/main/disk/full-disk-state'
import { BerthError } from '../../../../src/shared/errors'

const disk = '/home/machine/data.qcow2'
const engineFailed = new BerthError('machine.engine-failed', { reason: 'driver not supported' })

function machine(
  isHostFull: boolean,
  space?: string,
  fsck = '0 berth-data: clean, 400/2048 files, 9/99 blocks',
) {
  const reports = new Map([['fsck', fsck], ...(space === undefined ? [] : [['space', space] as const])])
  return { isHostFull, console: { reported: (name: string) => reports.get(name) } }
}

describe('the reason of a failure', () => {
  it('is the full data disk if the engine did not start on it', () => {
    expect(fullDiskError(engineFailed, machine(false, 'full'), disk).toData()).toEqual({
      code: 'machine.data-full',
      params: { file: disk },
      detail: engineFailed.message,
    })
  })

  it('is also the full data disk if the disk has space but hardly any free inodes', () => {
    const full = machine(false, undefined, '0 berth-data: clean, 2046/2048 files, 42898/2097152 blocks')
    expect(fullDiskError(engineFailed, full, disk).code).toBe('machine.data-full')
  })

  it('is the host’s full disk, no matter which error followed', () => {
    const died = new BerthError('machine.qemu-died', { reason: 'SIGKILL' })
    const error = fullDiskError(died, machine(true, 'full'), disk)
    expect(error).toMatchObject({ code: 'host.no-space', params: { folder: '/home/machine' } })
  })

  it('does not change if there is space, or if the error has another cause', () => {
    expect(fullDiskError(engineFailed, machine(false, 'ok'), disk)).toBe(engineFailed)
    expect(fullDiskError(engineFailed, undefined, disk)).toBe(engineFailed)
    const panic = new BerthError('machine.qemu-died', { reason: 'guest-reset' })
    expect(fullDiskError(panic, machine(false, 'full'), disk)).toBe(panic)
  })
})
