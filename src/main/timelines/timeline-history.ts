import { z } from 'zod'
import { type Timeline, timelineSchema } from '../../shared/timelines'
import { BoundedFile } from '../host'

/** The most bytes of the file. A timeline has about 3 kB, and is written about four times. */
const historyBytes = 4_000_000
const readBytes = 256_000
const name = 'history'

const recordSchema = z.object({ timeline: timelineSchema })

/**
 * The timelines in a file with one record of JSON in each line. The newest record of a timeline counts. A line that is
 * not a valid record is ignored: a crash may have cut it off, or a newer version of Berth has written it.
 */
export class TimelineHistory {
  readonly #file: BoundedFile

  private constructor(file: BoundedFile) {
    this.#file = file
  }

  /** A history that continues a file without reading it. */
  static unread(folder: string): TimelineHistory {
    return new TimelineHistory(BoundedFile.create({ folder, name, limit: historyBytes }))
  }

  /** Reads the file. The oldest timeline is first. Timelines that ran when Berth ended are `interrupted`. */
  static async open(folder: string): Promise<{ history: TimelineHistory; timelines: Timeline[] }> {
    const file = await BoundedFile.open({ folder, name, limit: historyBytes })
    const timelines = new Map<string, Timeline>()
    for (const line of (await readAll(file)).split('\n')) {
      const timeline = parsed(line)
      if (timeline !== undefined) timelines.set(timeline.id, timeline)
    }
    return { history: new TimelineHistory(file), timelines: [...timelines.values()].map(afterRestart) }
  }

  /** The newline before the record ends a line that a crash has cut off. @throws as `BoundedFile.append` */
  keep(timeline: Timeline): Promise<void> {
    return this.#file.append(`\n${JSON.stringify({ timeline })}\n`)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  remove(): Promise<void> {
    return this.#file.remove()
  }
}

async function readAll(file: BoundedFile): Promise<string> {
  const parts: Buffer[] = []
  for (let position = file.start; position < file.end;) {
    const { start, bytes } = await file.read(position, readBytes)
    if (bytes.length === 0) break
    parts.push(bytes)
    position = start + bytes.length
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsed(line: string): Timeline | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data?.timeline
  } catch {
    return undefined
  }
}

function afterRestart(timeline: Timeline): Timeline {
  return timeline.state === 'running' ? { ...timeline, state: 'interrupted' } : timeline
}
