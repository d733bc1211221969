import { type Recorder, type RecorderOptions, unrecorded } from './recorder'
import type { Timelines } from './timelines'

/**
 * Runs `work`, which Berth does itself, and records its timeline. Without timelines, nothing is recorded. Rejects only
 * if `work` rejects.
 */
export async function recorded<T>(
  timelines: Pick<Timelines, 'begin'> | undefined,
  about: Omit<RecorderOptions, 'origin'>,
  work: (timeline: Recorder) => Promise<T>,
): Promise<T> {
  const timeline = timelines?.begin({ ...about, origin: 'berth' }) ?? unrecorded
  try {
    const result = await work(timeline)
    timeline.end()
    return result
  } catch (error) {
    timeline.end(error)
    throw error
  }
}
