import type { BuildStep } from '../../shared/builds'
import { BerthError } from '../../shared/errors'
import { familiarName } from '../../shared/outdated'
import type { Logger } from '../host'
import type { ReportedBuild, Timelines } from '../timelines'
import type { HistoryEvent } from './history-events'

/** How many builds are remembered. BuildKit reports an end again when it has added something to the record. */
const rememberedBuilds = 100
/** How far the clocks of the machine and of this computer may differ, in milliseconds. */
const clockMs = 2_000

export interface OtherBuildsOptions {
  timelines: Pick<Timelines, 'report' | 'withdraw'>
  log: Logger
  /** Reads the steps of a build that has ended. */
  readSteps: (ref: string) => Promise<readonly BuildStep[]>
  /** Whether a build may be one of this app, by the time of its begin. */
  mayBeOwn: (event: HistoryEvent) => boolean
  /** Whether a build that has ended is one of this app. */
  isOwn: (event: HistoryEvent, steps: readonly BuildStep[]) => boolean
  /** Whether this app runs compose for a project now. */
  isComposing: (project: string) => boolean
  /** Called when a timeline has changed. */
  changed: () => void
}

/**
 * The timelines of builds that other programs ask for. BuildKit tells when a build begins and ends. Berth reads the
 * steps once, after the end, so nothing is read while a build runs.
 */
export class OtherBuilds {
  readonly #options: OtherBuildsOptions
  readonly #running = new Map<string, HistoryEvent>()
  /** The references of builds that have ended, or that this app's compose builds. The oldest is first. */
  readonly #settled = new Set<string>()
  /** Since when BuildKit reports to this app, in milliseconds since the epoch. */
  #since = 0

  constructor(options: OtherBuildsOptions) {
    this.#options = options
  }

  take(event: HistoryEvent): void {
    if (event.isQuestion || this.#settled.has(event.ref)) return
    // The timeline of the project has the build. When the build ends, compose may no longer run.
    if (!this.#running.has(event.ref) && event.project !== '' && this.#options.isComposing(event.project)) {
      this.#settle(event.ref)
      return
    }
    if (event.type === 'ended' && !this.#isOld(event)) void this.#end(event)
    // The steps of an ended build tell whether it is one of this app. Its begin does not.
    if (event.type === 'started' && !this.#options.mayBeOwn(event)) {
      this.#running.set(event.ref, event)
      this.#report(event, [])
    }
  }

  /** BuildKit reports from now on. */
  connected(): void {
    this.#since = Date.now()
  }

  /** BuildKit's report has ended. BuildKit does not report builds that end meanwhile. */
  disconnected(): void {
    for (const event of this.#running.values())
      this.#report({ ...event, endedAt: event.startedAt }, [], new BerthError('machine.connection-lost'))
    this.#running.clear()
  }

  /** True for a build that ended before this app listened. BuildKit may report such an end again. */
  #isOld({ ref, endedAt }: HistoryEvent): boolean {
    return !this.#running.has(ref) && endedAt !== null && endedAt < this.#since - clockMs
  }

  async #end(event: HistoryEvent): Promise<void> {
    const { readSteps, isOwn, log } = this.#options
    const wasShown = this.#running.delete(event.ref)
    this.#settle(event.ref)
    let steps: readonly BuildStep[] = []
    try {
      steps = await readSteps(event.ref)
    } catch (error) {
      log.info({ err: error }, 'could not read the steps of a build')
    }
    // A build that was shown is not one of this app, unless its steps say so.
    const isMine = !(wasShown && steps.length === 0) && isOwn(event, steps)
    if (!isMine) this.#report(event, steps, errorOf(event))
    else if (wasShown) this.#withdraw(event.ref)
  }

  #settle(ref: string): void {
    this.#settled.add(ref)
    for (const oldest of this.#settled) {
      if (this.#settled.size <= rememberedBuilds) break
      this.#settled.delete(oldest)
    }
  }

  #withdraw(ref: string): void {
    this.#options.timelines.withdraw(ref)
    this.#options.changed()
  }

  #report(event: HistoryEvent, steps: ReportedBuild['steps'], error?: BerthError): void {
    const { ref, startedAt, endedAt } = event
    this.#options.timelines.report({ id: ref, name: nameOf(event), startedAt, endedAt, steps, error })
    this.#options.changed()
  }
}

function errorOf(event: HistoryEvent): BerthError | undefined {
  if (event.isCancelled) return new BerthError('docker.client-left')
  if (event.message === '') return undefined
  return new BerthError('build.failed', { name: nameOf(event) }, { detail: event.message })
}

/** The name as Berth's own builds have it, so that builds of the same image are compared. */
function nameOf({ tag, folder, ref }: HistoryEvent): string {
  if (tag !== '') return familiarName(tag)
  return folder === '' ? ref.slice(0, 12) : folder
}
