import { EventEmitter } from 'node:events'
import { z } from 'zod'
import { nextBackupTime } from '../../shared/backup-schedule'
import {
  type BackupPlan,
  type BackupSchedule,
  type KeptSchedule,
  keptScheduleSchema,
} from '../../shared/backups'
import type { BerthError } from '../../shared/errors'
import type { EngineChange, EngineState } from '../engine'
import type { Logger } from '../host'
import { type Emits, JsonFile, jsonReason, message, sequencer } from '../lib'

/**
 * The longest time between two looks at the clock, in milliseconds. A timer does not count the time in which the
 * computer sleeps, and the user may change the clock.
 */
const longestWaitMs = 60_000

/** A last run that is further in the future shows that the user has set the clock back, in milliseconds. */
const clockToleranceMs = 60_000

const fileSchema = z.object({ version: z.literal(1), schedules: z.array(keptScheduleSchema) })

export interface SchedulesOptions {
  /** The path of the file that keeps the schedules. */
  path: string
  log: Logger
  state: Pick<EngineState, 'volumes' | 'isOnline'> & Emits<'change', [EngineChange]>
  /** Backs up a volume. Resolves with the error of a failed backup; with `interrupted` if Berth quits. */
  run: (schedule: KeptSchedule) => Promise<BerthError | 'interrupted' | undefined>
}

/**
 * Runs backups when they are due: while the engine can be reached, and the volume exists. A time that was missed is
 * made up for once. Only one scheduled backup runs at a time. Emits `change` when a schedule has changed.
 */
export class Schedules extends EventEmitter<{ change: [] }> {
  readonly #options: SchedulesOptions
  readonly #file: JsonFile<z.infer<typeof fileSchema>>
  readonly #inTurn = sequencer()
  #schedules: KeptSchedule[] = []
  #timer: NodeJS.Timeout | undefined
  #isRunning = false
  #isClosed = false

  constructor(options: SchedulesOptions) {
    super()
    this.#options = options
    this.#file = new JsonFile({ path: options.path, schema: fileSchema })
    void this.#read()
    options.state.on('change', ({ type }) => {
      // A factory reset may have removed the file.
      if (type === 'snapshot') void this.#read()
      else if (type === 'volume') void this.runDue()
    })
  }

  list(): BackupSchedule[] {
    return this.#schedules.map((schedule) => ({ ...schedule, nextRunAt: nextRunAt(schedule) }))
  }

  /** @throws BerthError host.no-space, host.folder-unwritable */
  async set(plan: BackupPlan): Promise<void> {
    await this.#change((before) => {
      const known = before.find(({ volume }) => volume === plan.volume)
      const last = { lastRunAt: known?.lastRunAt ?? null, lastError: known?.lastError ?? null }
      const schedule: KeptSchedule = { ...plan, since: Date.now(), ...last }
      return [...before.filter((one) => one !== known), schedule]
    })
  }

  /** @throws BerthError host.no-space, host.folder-unwritable */
  async remove(volume: string): Promise<void> {
    await this.#change((before) => before.filter((one) => one.volume !== volume))
  }

  /** Runs every backup that is due. Call this after the computer has slept. Never rejects. */
  async runDue(): Promise<void> {
    if (this.#isRunning || this.#isClosed) return
    this.#isRunning = true
    try {
      for (let due = this.#due(); due !== undefined; due = this.#due()) {
        const { volume } = due
        const outcome = await this.#options.run(due)
        if (outcome === 'interrupted') return
        await this.#ended(volume, outcome)
      }
    } catch (error) {
      this.#options.log.warn({ reason: message(error) }, 'could not keep the result of a scheduled backup')
    } finally {
      this.#isRunning = false
      this.#plan()
    }
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #due(): KeptSchedule | undefined {
    const { state } = this.#options
    if (!state.isOnline || this.#isClosed) return undefined
    const now = Date.now()
    return this.#schedules.find((one) => nextRunAt(one) <= now && state.volumes.has(one.volume))
  }

  async #ended(volume: string, error: BerthError | undefined): Promise<void> {
    const now = Date.now()
    const result = { lastRunAt: now, lastError: error?.toData() ?? null }
    const update = (before: KeptSchedule[]): KeptSchedule[] =>
      before.map((one) =>
        one.volume === volume ? { ...one, ...result, since: Math.min(one.since, now) } : one,
      )
    try {
      await this.#change(update)
    } catch (failure) {
      // Without the time of the run in memory, the same backup would be due again immediately.
      this.#schedules = update(this.#schedules)
      throw failure
    }
  }

  #plan(): void {
    clearTimeout(this.#timer)
    if (this.#isClosed || this.#schedules.length === 0) return
    const now = Date.now()
    // A backup that is overdue waits for an event: for the engine, or for its volume.
    const next = Math.min(...this.#schedules.map(nextRunAt).filter((time) => time > now))
    this.#timer = setTimeout(() => void this.runDue(), Math.min(longestWaitMs, next - now))
  }

  async #change(change: (before: KeptSchedule[]) => KeptSchedule[]): Promise<void> {
    await this.#inTurn(async () => {
      const schedules = change(this.#schedules)
      await this.#file.write({ version: 1, schedules })
      this.#schedules = schedules
    })
    this.emit('change')
    this.#plan()
  }

  async #read(): Promise<void> {
    await this.#inTurn(async () => {
      try {
        this.#schedules = (await this.#file.read())?.schedules ?? []
      } catch (error) {
        this.#options.log.warn({ reason: jsonReason(error) }, 'could not read the schedules of backups')
      }
    })
    this.emit('change')
    await this.runDue()
  }
}

/** After the clock was set back, a backup is due now. Otherwise, none would run until the clock is there again. */
function nextRunAt({ rule, since, lastRunAt }: KeptSchedule): number {
  const last = Math.max(since, lastRunAt ?? 0)
  const now = Date.now()
  return last > now + clockToleranceMs ? now : nextBackupTime(rule, last)
}
