import { isDirectory, isRegular, typeBits } from '../tree/file-attributes'
import type { NameChange } from './folder-watches'

/** The events of a name since Berth last looked at the name. */
export interface EventMark {
  /** The number of events that report that the name appeared or disappeared. Also 0 if events were lost. */
  readonly renames: number
  /** The number of events that report a change of the file itself, since the name last appeared or disappeared. */
  readonly changesSince: number
}

/**
 * How a file got its name. `made`: a program created the file under this name. `moved`: a program finished the file
 * elsewhere and moved it here, perhaps over another file. `unclear`: the file replaced another file, and either way is
 * possible.
 */
export type Arrival = 'made' | 'moved' | 'unclear'

/**
 * Returns how the file of a change got its name. Returns undefined for a folder, and for a name that still belongs to
 * the same file. If several things have happened to the name since the last look, the last one counts.
 *
 * Only Linux reports every event, and in order. On Linux, a write to a file causes a change event. A rename causes no
 * change event. So a file that has content, but had no change event under its new name, was moved to this name. `later`
 * are the events that arrived after the look. They count too, because some of them may have happened before the look.
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
    // If the birth time differs, the file system has given the inode to a new file. On macOS, the birth time proves
    // nothing. If a program sets a modification time before the birth time, macOS also changes the birth time.
    const isReused = hasPreciseEvents && renames > 1 && before.birthNs !== now.birthNs
    if (before.ino === now.ino && typeBits(before.mode) === typeBits(now.mode) && !isReused) return undefined
  }
  if (before === 'file' && !(hasPreciseEvents && renames > 0)) return undefined
  if (!hasPreciseEvents || renames === 0) return before === undefined ? 'made' : 'unclear'
  // With only one event, the name never disappeared. So only a rename can have put another file there.
  if (before !== undefined && renames === 1) return 'moved'
  // A further name of a file (a hard link) always counts as made.
  if (before === undefined && now.nlink > 1) return 'made'
  return isRegular(now.mode) && now.size > 0n && changesSince === 0 ? 'moved' : 'made'
}

function combined(first: EventMark, later: EventMark): EventMark {
  return {
    renames: first.renames + later.renames,
    changesSince: later.renames > 0 ? later.changesSince : first.changesSince + later.changesSince,
  }
}
