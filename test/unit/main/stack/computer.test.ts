import os from 'node:os'
import { describe, expect, it } from 'vitest'
import { Computer, isVirtual, linuxName, processorsInUse } from '../../../../src/main/stack/computer'

describe('the facts of this computer', () => {
  it('are those of the operating system, and the second reading says what is in use', async () => {
    const computer = new Computer({ folder: os.tmpdir() })
    const first = await computer.read()
    expect(first).toMatchObject({
      processors: os.cpus().length,
      architecture: os.arch(),
      cpu: null,
      kernel: `${os.type()} ${os.release()}`,
      memory: { total: os.totalmem() },
      disk: { folder: os.tmpdir() },
    })
    expect(first.system).not.toBe('')
    const end = performance.now() + 50
    while (performance.now() < end);
    expect((await computer.read()).cpu).toBeGreaterThan(0)
  })

  it('leave out the disk of a folder that does not exist', async () => {
    expect((await new Computer({ folder: '/nowhere/at/all' }).read()).disk).toBeNull()
  })

  it('do not claim to know the available memory of macOS', async () => {
    const { memory } = await new Computer({ folder: '/', platform: 'darwin' }).read()
    expect(memory).toEqual({ total: os.totalmem(), available: null })
  })

  it('name the Linux distribution', () => {
    expect(linuxName('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      'Debian GNU/Linux 12 (bookworm)',
    )
    expect(linuxName('ID=other')).toBe('')
  })

  it('say whether the computer is a virtual machine, if the processor has a flag for this', () => {
    expect(isVirtual('flags\t\t: fpu hypervisor lahf_lm\n')).toBe(true)
    expect(isVirtual('flags\t\t: fpu lahf_lm\n')).toBe(false)
    expect(isVirtual('Features\t: fp asimd\n')).toBeNull()
  })

  it('count processors in use', () => {
    const before = { busy: 1000, idle: 3000 }
    expect(processorsInUse(before, { busy: 2000, idle: 4000 }, 4)).toBe(2)
    expect(processorsInUse(before, before, 4)).toBeNull()
    // A counter that goes back belongs to a processor that was switched off.
    expect(processorsInUse(before, { busy: 500, idle: 4000 }, 4)).toBeNull()
  })
})
