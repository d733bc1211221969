import { describe, expect, it } from 'vitest'
import {
  linuxReading,
  ProcessMeter,
  type ProcessReading,
  psReading,
  readProcess,
  windowsReading,
} from '../../../../src/main/stack/process-meter'

function meterOf(readings: (ProcessReading | undefined)[], platform: NodeJS.Platform = 'linux') {
  const pids: number[] = []
  const read = (pid: number) => {
    pids.push(pid)
    return Promise.resolve(readings.shift())
  }
  return { meter: new ProcessMeter({ platform, read }), pids }
}

describe('a process meter', () => {
  it('divides the processor time by the time between two readings', async () => {
    const { meter } = meterOf([
      { cpu: 1000, resident: 10 },
      { cpu: 2500, resident: 20 },
    ])
    expect(await meter.use(7, 0)).toEqual({ cpu: null, resident: 10 })
    expect(await meter.use(7, 3000)).toEqual({ cpu: 0.5, resident: 20 })
  })

  it('begins again with another process, and after a process has gone', async () => {
    const reading = { cpu: 1000, resident: 10 }
    const { meter } = meterOf([reading, reading, undefined, reading])
    await meter.use(7, 0)
    expect((await meter.use(8, 1000)).cpu).toBeNull()
    expect(await meter.use(8, 2000)).toEqual({ cpu: null, resident: null })
    expect((await meter.use(8, 3000)).cpu).toBeNull()
  })

  it('repeats its last result on Windows, where a reading starts a program', async () => {
    const { meter, pids } = meterOf(
      [
        { cpu: 0, resident: 10 },
        { cpu: 30_000, resident: 20 },
      ],
      'win32',
    )
    await meter.use(7, 0)
    expect(await meter.use(7, 3000)).toEqual({ cpu: null, resident: 10 })
    expect(await meter.use(7, 30_000)).toEqual({ cpu: 1, resident: 20 })
    expect(pids).toHaveLength(2)
  })

  it('reads this process', async () => {
    const reading = await readProcess(process.pid)
    expect(reading?.resident).toBeGreaterThan(10_000_000)
    expect(reading?.cpu).toBeGreaterThan(0)
    expect(await readProcess(2 ** 22 + 1)).toBeUndefined()
  })
})

describe('the reading of a process', () => {
  it('survives a name with blanks and parentheses on Linux', () => {
    const fields = `S ${'0 '.repeat(10)}12 34 0 0`
    expect(linuxReading(`7 (a) b (c) ${fields}`, 'Name:\ta\nVmRSS:\t    5 kB\n')).toEqual({
      cpu: 460,
      resident: 5120,
    })
    expect(linuxReading('7 (a) S', '')).toBeUndefined()
  })

  it('comes from ps on macOS', () => {
    expect(psReading('  0:01.50   2048\n')).toEqual({ cpu: 1500, resident: 2048 * 1024 })
    expect(psReading('1:02:03.00 1')).toEqual({ cpu: 3_723_000, resident: 1024 })
    expect(psReading('')).toBeUndefined()
  })

  it('comes from PowerShell on Windows', () => {
    expect(windowsReading('15000000 4096\r\n')).toEqual({ cpu: 1500, resident: 4096 })
    expect(windowsReading(' ')).toBeUndefined()
  })
})
