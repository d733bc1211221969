import { replayOperation, type Attributes } from '../protocol/fuse'
import { fileType } from '../protocol/linux'
import {
  isDirectory,
  isRegular,
  isUntouched,
  sameContent,
  typeBits,
  type FileState,
} from '../tree/file-attributes'
import type { Node } from '../tree/node'
import type { KnownState, NameChange } from './folder-watches'
import type { Replay } from './inotify-replays'
import { isBelowAny, pairRenames, type Present, type Rename } from './rename-pairs'

/** Something to do after a change: expire a kernel cache of the guest, stop a watch, or notify programs by inotify. */
export type Step =
  | { kind: 'expire-name'; folder: Node; name: string }
  | { kind: 'expire-attributes'; node: Node }
  | { kind: 'expire-content'; node: Node }
  | { kind: 'unwatch'; node: Node }
  | { kind: 'replay'; replay: Replay }
  /** Report the file as closed when it has not changed for a moment. */
  | { kind: 'await-close'; folder: Node; name: string }

/**
 * Turns changes that were noticed together into steps, in this order: the folders' own attributes, renames, deletions
 * from the deepest folder up, new and changed files. `again` lists names that seem to be gone because their folder has
 * moved. Berth must look at these names again once the node table contains the move.
 */
export function stepsFor(changes: readonly NameChange[]): { steps: Step[]; again: NameChange[] } {
  const folders = new Set(changes.map(({ folder }) => folder))
  const { renames, rest } = pairRenames(changes)
  const moved = new Set(renames.flatMap(([{ folder, name }]) => folder.children.get(name) ?? []))
  const again = rest.filter(({ folder, now }) => !now && isBelowAny(folder, moved))
  const others = rest.filter((change) => !again.includes(change))
  const deleted = others.filter(({ now }) => !now).sort((a, b) => depth(b.folder) - depth(a.folder))
  const steps = [
    ...[...folders].map((node): Step => ({ kind: 'expire-attributes', node })),
    ...renames.flatMap(renameSteps),
    ...[...deleted, ...others.filter(({ now }) => now)].flatMap(stepsForOne),
  ]
  return { steps, again }
}

function depth(folder: Node): number {
  return folder.parent ? depth(folder.parent) + 1 : 0
}

function renameSteps([from, to]: Rename): Step[] {
  const replay: Replay = {
    operation: replayOperation.RENAME,
    folder: from.folder,
    name: from.name,
    before: from.before,
    to: { folder: to.folder, name: to.name, overwritten: to.before !== undefined },
  }
  const content =
    typeof from.before === 'object' && isRegular(to.now.mode) && !sameContent(from.before, to.now)
      ? modified(to)
      : []
  return [expireName(from), expireName(to), { kind: 'replay', replay }, ...content]
}

function stepsForOne(change: NameChange): Step[] {
  const { before, now, folder, name } = change
  if (!now) return before === undefined ? [] : [expireName(change), ...unwatched(change), removed(change)]
  const present: Present = { ...change, now }
  if (before === undefined)
    return [expireName(change), ...(change.arrival === 'moved' ? [arrived(present)] : created(present))]
  if (change.arrival === 'moved') return [expireName(change), arrived(present)]
  if (change.arrival === 'unclear') return [expireName(change), arrived(present), ...closed(present)]
  if (change.arrival === 'made' || isOther(before, now))
    return [expireName(change), ...unwatched(change), removed(change), ...created(present)]
  const node = folder.children.get(name)
  if (isDirectory(now.mode) && change.renamed) return [expireName(change), ...unwatched(change)]
  if (typeof before === 'object' && sameContent(before, now)) {
    const kind = isUntouched(before, now) ? 'expire-attributes' : 'expire-content'
    return [...(node ? [{ kind, node } as const] : []), ...attributesChanged(present, before)]
  }
  const replay = isRegular(now.mode) ? modified(present) : []
  return [...(node ? [{ kind: 'expire-content', node } as const] : []), ...replay]
}

function isOther(before: KnownState, now: Attributes): boolean {
  return (
    typeof before === 'object' && (before.ino !== now.ino || typeBits(before.mode) !== typeBits(now.mode))
  )
}

/** Reports that a file was renamed to this name, from a name that the guest does not know. */
function arrived({ folder, name, before, now }: Present): Step {
  const node = before === undefined ? undefined : folder.children.get(name)
  const overwritten = node?.ino === now.ino ? undefined : node
  const replay = { operation: replayOperation.RENAME, folder, name, before, arrival: { overwritten } }
  return { kind: 'replay', replay }
}

function created(change: Present): Step[] {
  const { folder, name, now } = change
  const operation =
    typeBits(now.mode) === fileType.directory
      ? replayOperation.MKDIR
      : typeBits(now.mode) === fileType.link
        ? replayOperation.SYMLINK
        : replayOperation.CREATE
  const step: Step = { kind: 'replay', replay: { operation, folder, name } }
  if (!isRegular(now.mode)) return [step]
  return [step, ...(now.size > 0n ? modified(change) : closed(change))]
}

function removed({ folder, name, before }: NameChange): Step {
  const directory = before === 'folder' || (typeof before === 'object' && isDirectory(before.mode))
  const operation = directory ? replayOperation.RMDIR : replayOperation.UNLINK
  return { kind: 'replay', replay: { operation, folder, name, before } }
}

function modified(change: Present): Step[] {
  const { folder, name } = change
  const replay: Replay = { operation: replayOperation.MODIFY, folder, name }
  return [{ kind: 'replay', replay }, ...closed(change)]
}

function closed({ folder, name, now }: Present): Step[] {
  return isRegular(now.mode) ? [{ kind: 'await-close', folder, name }] : []
}

/**
 * Only a change of the mode is of interest to programs. A folder's times change with its content, and a file's link
 * count changes with its other names.
 */
function attributesChanged({ folder, name, now }: Present, before: FileState): Step[] {
  if (before.mode === now.mode) return []
  return [{ kind: 'replay', replay: { operation: replayOperation.ATTRIBUTES, folder, name } }]
}

function unwatched({ folder, name }: NameChange): Step[] {
  const node = folder.children.get(name)
  return node?.isDirectory ? [{ kind: 'unwatch', node }] : []
}

function expireName({ folder, name }: NameChange): Step {
  return { kind: 'expire-name', folder, name }
}
