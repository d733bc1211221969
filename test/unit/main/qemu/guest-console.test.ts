import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { GuestConsole, parseReport } from '../../../../src/main/qemu/guest-console'
import type { BerthError } from '../../../../src/shared/errors'

function reading() {
  const console = new GuestConsole('/home/data.qcow2')
  const stream = new PassThrough()
  console.read(stream)
  return { console, stream }
}

describe('a report of the guest', () => {
  it('can be a stage, or an error with its message', () => {
    expect(parseReport('berth: stage data-ready')).toEqual({ type: 'stage', name: 'data-ready' })
    expect(parseReport('berth: error data-corrupt bad superblock')).toEqual({
      type: 'error',
      code: 'data-corrupt',
      message: 'bad superblock',
    })
  })

  it('can be a named value, and the last value counts', async () => {
    expect(parseReport('berth: report fsck 0 berth-data: clean')).toEqual({
      type: 'report',
      name: 'fsck',
      value: '0 berth-data: clean',
    })
    const { console, stream } = reading()
    stream.write('berth: report space full\nberth: report space ok\nberth: stage init\n')
    await console.reached('init')
    expect(console.reported('space')).toBe('ok')
    expect(console.reported('fsck')).toBeUndefined()
  })

  it('is found in a line that begins with a kernel message', () => {
    expect(parseReport('[    1.0] vda: vda1berth: stage init')).toEqual({ type: 'stage', name: 'init' })
  })

  it('is not found in any other line', () => {
    expect(parseReport('berth login:')).toBeUndefined()
    expect(parseReport('starting berth')).toBeUndefined()
  })
})

describe('the console', () => {
  it('resolves with the first value of a report, even for callers that ask later', async () => {
    const { console, stream } = reading()
    const early = console.report('kernel')
    stream.write('berth: report other 1\nberth: report kernel 6.12\n')
    expect(await early).toBe('6.12')
    expect(await console.report('kernel')).toBe('6.12')
  })

  it('reports that a stage is reached, even to callers that ask later', async () => {
    const { console, stream } = reading()
    const reached = console.reached('init')
    stream.write('berth: stage in')
    stream.write('it\r\nberth: stage root\r\n')
    await reached
    await console.reached('root')
    expect(console.hasReached('root')).toBe(true)
    expect(console.hasReached('sshd')).toBe(false)
  })

  it('of a resumed machine has the stages and reports from before the suspension', async () => {
    const { console, stream } = reading()
    stream.write('berth: report space full\nberth: report fsck 1 repaired\nberth: stage sshd\n')
    await console.reached('sshd')
    const { console: resumed, stream: later } = reading()
    resumed.restore(console.history)
    expect(resumed.hasReached('sshd')).toBe(true)
    expect(resumed.reported('fsck')).toBe('1 repaired')
    later.write('berth: report space ok\nberth: stage down\n')
    await resumed.reached('down')
    expect(resumed.reported('space')).toBe('ok')
  })

  it('keeps the last lines, without control sequences and empty lines', async () => {
    const { console, stream } = reading()
    stream.write(
      '\u001bc\u001b[?7l\u001b[2J\u001b[0mSeaBIOS\r\n\r\nBooting\u0007 from ROM..\r\nberth: stage init\n',
    )
    await console.reached('init')
    expect(console.tail(10)).toEqual(['SeaBIOS', 'Booting from ROM..', 'berth: stage init'])
    expect(console.tail(1)).toEqual(['berth: stage init'])
  })

  it('shows the reason of a kernel panic, even if a long stack trace follows', async () => {
    const { console, stream } = reading()
    stream.write('before\n[  1.0] Kernel panic - not syncing: sysrq triggered crash\n')
    for (let line = 1; line <= 60; line += 1) stream.write(`[  1.0]  frame_${line}\n`)
    stream.write('berth: stage init\n')
    await console.reached('init')
    expect(console.tail(2)).toEqual([
      '[  1.0] Kernel panic - not syncing: sysrq triggered crash',
      '[  1.0]  frame_1',
    ])
  })

  it('keeps a limited number of lines', async () => {
    const { console, stream } = reading()
    for (let line = 1; line <= 2_000; line += 1) stream.write(`line ${line}\n`)
    stream.write('berth: stage init\n')
    await console.reached('init')
    const lines = console.tail(10_000)
    expect(lines.length).toBeLessThanOrEqual(500)
    expect(lines.at(-2)).toBe('line 2000')
  })

  it.each([
    ['data-missing no disk', 'machine.disk-unusable', { file: '/home/data.qcow2', reason: 'no disk' }],
    ['data-corrupt bad', 'machine.disk-unusable', { file: '/home/data.qcow2', reason: 'bad' }],
    [
      'data-newer the data disk has format 3, this image knows 2',
      'machine.data-newer',
      { file: '/home/data.qcow2', format: '3', known: '2' },
    ],
    ['data-mount wrong fs', 'machine.disk-unusable', { file: '/home/data.qcow2', reason: 'wrong fs' }],
    ['sshd-failed no key', 'machine.ssh-refused', { reason: 'no key' }],
    ['dockerd-failed no cgroup', 'machine.engine-failed', { reason: 'no cgroup' }],
    ['root-missing', 'machine.qemu-died', { reason: 'root-missing' }],
  ])('turns the guest’s error “%s” into the error %s', async (report, code, params) => {
    const { console, stream } = reading()
    const failure = new Promise<BerthError>((resolve) => console.once('failure', resolve))
    stream.write(`berth: error ${report}\n`)
    expect((await failure).toData()).toEqual({ code, params })
    expect(console.failure?.code).toBe(code)
  })
})
