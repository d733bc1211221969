import { EventEmitter } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Schedules, type SchedulesOptions } from '../../../../src/main/backups/schedules'
import type { EngineChange } from '../../../../src/main/engine'
import type { BackupPlan } from '../../../../src/shared/backups'
import { BerthError } from '../../../../src/shared/errors'
import type { Volume } from '../../../../src/shared/volumes'
import { silentLog } from '../../../support/fake-services'

const volume = (name: string): Volume => ({
  name,
  driver: 'local',
  createdAt: 1,
  labels: {},
  anonymous: false,
})
const plan: BackupPlan = { volume: 'data', rule: { every: 'hours', hours: 6 }, keep: 2, pause: true }
const hour = 3_600_000
const start = new Date(2026, 0, 7, 12).getTime()

class State extends EventEmitter<{ change: [EngineChange] }> {
  readonly volumes = new Map([['data', volume('data')]])
  isOnline = true
}

describe('schedules of backups', () => {
  let folder: string
  let path: string
  let state: State
  let schedules: Schedules
  const run = vi.fn<SchedulesOptions['run']>()

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-schedules-'))
    path = join(folder, 'backup-schedules.json')
    state = new State()
    run.mockReset().mockResolvedValue(undefined)
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: start })
    schedules = await open()
  })
  afterEach(async () => {
    schedules.close()
    vi.useRealTimers()
    await rm(folder, { recursive: true })
  })

  /** Opens the schedules, and waits until they are read. */
  async function open(): Promise<Schedules> {
    const opened = new Schedules({ path, log: silentLog, state, run })
    await new Promise<void>((resolve) => {
      opened.once('change', resolve)
    })
    return opened
  }
  const kept = async (): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'))
  /** Waits for work on the disk. `vi.waitFor` would move the clock. */
  const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await done())) await new Promise(setImmediate)
  }
  const lastRun = (): number | null | undefined => schedules.list()[0]?.lastRunAt
  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

  it('run when they are due, and again after the next period', async () => {
    await schedules.set(plan)
    expect(schedules.list()).toMatchObject([{ nextRunAt: start + 6 * hour, lastRunAt: null }])
    await pass(6 * hour - 1)
    expect(run).not.toHaveBeenCalled()
    await pass(1)
    expect(run).toHaveBeenCalledTimes(1)
    expect(run.mock.calls[0]?.[0]).toMatchObject(plan)
    await until(() => lastRun() !== null)
    expect(await kept()).toMatchObject({ version: 1, schedules: [{ lastRunAt: start + 6 * hour }] })
    await pass(6 * hour)
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('make up for missed times once: when the engine is there, and when the volume is there', async () => {
    await schedules.set(plan)
    state.isOnline = false
    await pass(30 * hour)
    state.isOnline = true
    state.volumes.delete('data')
    schedules.close()
    schedules = await open()
    expect(schedules.list()[0]?.nextRunAt).toBeLessThan(Date.now())
    expect(run).not.toHaveBeenCalled()
    state.volumes.set('data', volume('data'))
    state.emit('change', { type: 'volume', volume: volume('data') })
    await until(() => lastRun() !== null)
    expect(lastRun()).toBe(start + 30 * hour)
    expect(run).toHaveBeenCalledTimes(1)
    expect(schedules.list()[0]?.nextRunAt).toBe(start + 36 * hour)
  })

  it('keep the error of a failed run, and do not try again before the next time', async () => {
    await schedules.set(plan)
    run.mockResolvedValueOnce(new BerthError('disk.full'))
    await pass(6 * hour)
    await until(() => lastRun() !== null)
    expect(schedules.list()[0]?.lastError).toMatchObject({ code: 'disk.full' })
    await pass(5 * hour)
    expect(run).toHaveBeenCalledTimes(1)
    await pass(hour)
    await until(() => schedules.list()[0]?.lastError === null)
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('run now, once, if the clock was set back, and then at their times', async () => {
    await pass(100 * hour)
    await schedules.set(plan)
    await pass(6 * hour)
    await until(() => lastRun() !== null)
    vi.setSystemTime(start)
    expect(schedules.list()[0]?.nextRunAt).toBe(start)
    await schedules.runDue()
    expect(run).toHaveBeenCalledTimes(2)
    expect(schedules.list()).toMatchObject([{ lastRunAt: start, nextRunAt: start + 6 * hour }])
    await pass(5 * hour)
    expect(run).toHaveBeenCalledTimes(2)
    await pass(hour)
    expect(run).toHaveBeenCalledTimes(3)
  })

  it('run again after Berth has interrupted a backup', async () => {
    await schedules.set(plan)
    run.mockImplementationOnce(() => {
      schedules.close()
      return Promise.resolve('interrupted')
    })
    await pass(6 * hour)
    expect(run).toHaveBeenCalledTimes(1)
    schedules = await open()
    await until(() => run.mock.calls.length === 2)
  })

  it('are changed and removed; a file that is not valid stays as it is', async () => {
    await schedules.set(plan)
    await schedules.set({ ...plan, keep: 5 })
    expect(schedules.list()).toMatchObject([{ keep: 5 }])
    await schedules.remove('data')
    expect(schedules.list()).toEqual([])
    schedules.close()
    await writeFile(path, '{"version":2}')
    schedules = await open()
    expect(schedules.list()).toEqual([])
    expect(await readFile(path, 'utf8')).toBe('{"version":2}')
  })
})
