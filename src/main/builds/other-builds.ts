import type { BuildStep } from '../../shared/builds'
import { BerthError } from '../../shared/errors'
import { familiarName } from '../../shared/outdated'
import type { Logger } from '../host'
import type { ReportedBuild, Timelines } from '../timelines'
import type { HistoryEvent } from './history-events'

/** How many ended builds are remembered. BuildKit reports the end again when it has added something to the record. */
const rememberedEnds = 100

export interface OtherBuildsOptions {
  timelines: Pick<Timelines, 'report'>
  log: Logger
  /** Reads the steps of a build that has ended. */
  readSteps: (ref: string) => Promise<readonly BuildStep[]>
  /** Whether a build of this app runs now. */
  isOwnRunning: () => boolean
  /** Whether a build that has ended is one of this app. */
  isOwn: (event: HistoryEvent, steps: readonly BuildStep[]) => boolean
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
  /** The references of builds that have ended, the oldest first. */
  readonly #ended = new Set<string>()

  constructor(options: OtherBuildsOptions) {
    this.#options = options
  }

  take(event: HistoryEvent): void {
    if (event.isQuestion || this.#ended.has(event.ref)) return
    if (event.type === 'ended') void this.#end(event)
    // The steps of an ended build tell whether it is one of this app. Its begin does not.
    if (event.type === 'started' && !this.#options.isOwnRunning()) {
      this.#running.set(event.ref, event)
      this.#report(event, [])
    }
  }

  /** The connection to the engine is lost. BuildKit does not report builds that end meanwhile. */
  disconnected(): void {
    for (const event of this.#running.values())
      this.#report({ ...event, endedAt: event.startedAt }, [], new BerthError('machine.connection-lost'))
    this.#running.clear()
  }

  async #end(event: HistoryEvent): Promise<void> {
    const { readSteps, isOwn, log } = this.#options
    this.#running.delete(event.ref)
    this.#ended.add(event.ref)
    for (const oldest of this.#ended) {
      if (this.#ended.size <= rememberedEnds) break
      this.#ended.delete(oldest)
    }
    let steps: readonly BuildStep[] = []
    try {
      steps = await readSteps(event.ref)
    } catch (error) {
      log.info({ err: error }, 'could not read the steps of a build')
    }
    if (!isOwn(event, steps)) this.#report(event, steps, errorOf(event))
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
