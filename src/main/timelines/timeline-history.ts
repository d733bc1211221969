import { z } from 'zod'
import { type Timeline, timelineSchema } from '../../shared/timelines'
import { RecordFile } from '../host'

/** The most bytes of the file. A timeline has about 3 kB, and is written about four times. */
const historyBytes = 4_000_000

const recordSchema = z.union([z.object({ timeline: timelineSchema }), z.object({ withdrawn: z.string() })])
type TimelineRecord = z.infer<typeof recordSchema>

/** The timelines of this and earlier runs of Berth, in a file. The newest record of a timeline counts. */
export class TimelineHistory {
  readonly #file: RecordFile<TimelineRecord>

  private constructor(file: RecordFile<TimelineRecord>) {
    this.#file = file
  }

  /** A history that continues a file without reading it. */
  static unread(folder: string): TimelineHistory {
    return new TimelineHistory(RecordFile.unread(fileIn(folder)))
  }

  /** Reads the file. The oldest timeline is first. Timelines that ran when Berth ended are `interrupted`. */
  static async open(folder: string): Promise<{ history: TimelineHistory; timelines: Timeline[] }> {
    const { file, records } = await RecordFile.open(fileIn(folder), recordSchema)
    const timelines = new Map<string, Timeline>()
    for (const record of records)
      if ('timeline' in record) timelines.set(record.timeline.id, record.timeline)
      else timelines.delete(record.withdrawn)
    return { history: new TimelineHistory(file), timelines: [...timelines.values()].map(afterRestart) }
  }

  /** @throws as `BoundedFile.append` */
  keep(timeline: Timeline): Promise<void> {
    return this.#file.append({ timeline })
  }

  /** @throws as {@link keep} */
  withdraw(id: string): Promise<void> {
    return this.#file.append({ withdrawn: id })
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  remove(): Promise<void> {
    return this.#file.remove()
  }
}

function fileIn(folder: string) {
  return { folder, name: 'history', limit: historyBytes }
}

function afterRestart(timeline: Timeline): Timeline {
  return timeline.state === 'running' ? { ...timeline, state: 'interrupted' } : timeline
}
