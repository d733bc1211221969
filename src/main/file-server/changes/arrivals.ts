import { isDirectory, isRegular, typeBits } from '../tree/file-attributes'
import type { NameChange } from './folder-watches'

/** The events of a name since it was last looked at. */
export interface EventMark {
  /** Events that say that the name appeared or disappeared; 0 also where events were lost. */
  readonly renames: number
  /** Events since the last of those that say that the file itself was changed. */
  readonly changesSince: number
}

/**
 * How a file got its name: it was made there (`made`), or was finished elsewhere and moved there (`moved`), perhaps
 * over another file. `unclear`: it replaced another file in one of these two ways.
 */
export type Arrival = 'made' | 'moved' | 'unclear'

/**
 * How the file of a change got its name; undefined for a folder, and for a name that still belongs to the same file.
 * Several things may have happened to the name in the meantime: the last one counts.
 *
 * Only Linux reports every event, and in order. There a file that is written has an event for that, and a rename has
 * none. `later` are events that came after the look, some of which may have happened before it.
 */
export function arrivalOf(
  { before, now }: NameChange,
  mark: EventMark,
  later: EventMark | undefined,
  hasPreciseEvents: boolean,
): Arrival | undefined {
  const { renames, changesSince } = later ? combined(mark, later) : mark
  if (!now || isDirectory(now.mode) || before === 'folder') return undefined
  if (typeof before === 'object') {
    if (isDirectory(before.mode)) return undefined
    // On macOS the birth time is no evidence: it follows a modification time that is set to before it.
    const isReused = hasPreciseEvents && renames > 1 && before.birthNs !== now.birthNs
    if (before.ino === now.ino && typeBits(before.mode) === typeBits(now.mode) && !isReused) return undefined
  }
  if (before === 'file' && !(hasPreciseEvents && renames > 0)) return undefined
  if (!hasPreciseEvents || renames === 0) return before === undefined ? 'made' : 'unclear'
  // The name was never gone, so only a rename can have put another file there.
  if (before !== undefined && renames === 1) return 'moved'
  // A further name of a file (a hard link) is new in every folder.
  if (before === undefined && now.nlink > 1) return 'made'
  return isRegular(now.mode) && now.size > 0n && changesSince === 0 ? 'moved' : 'made'
}

function combined(first: EventMark, later: EventMark): EventMark {
  return {
    renames: first.renames + later.renames,
    changesSince: later.renames > 0 ? later.changesSince : first.changesSince + later.changesSince,
  }
}
