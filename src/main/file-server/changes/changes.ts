import { replayOperation } from '../protocol/fuse'
import { fileType } from '../protocol/linux'
import { liesIn, pairMoves, type Move, type Present } from './moves'
import { isDirectory, isRegular, isUntouched, sameContent, type FileState, type Node } from '../tree/nodes'
import type { Replay } from './replays'
import type { NameChange } from './watches'

/** What the guest's kernel is to forget, and what programs in the machine are to be told, in this order. */
export type Step =
  | { kind: 'forget-name'; folder: Node; name: string }
  | { kind: 'forget-attributes'; node: Node }
  | { kind: 'forget-content'; node: Node }
  | { kind: 'unwatch'; node: Node }
  | { kind: 'replay'; replay: Replay }

/**
 * Turns what was noticed at once into steps: moves first, then what is gone, the deepest first, then what came or
 * changed. `again`: what seems to be gone from a folder that has moved; it is to be looked at when the move is known.
 */
export function stepsFor(changes: readonly NameChange[]): { steps: Step[]; again: NameChange[] } {
  const folders = new Set(changes.map(({ folder }) => folder))
  const { moves, rest } = pairMoves(changes)
  const moved = new Set(moves.flatMap(([{ folder, name }]) => folder.children.get(name) ?? []))
  const again = rest.filter(({ folder, now }) => !now && liesIn(folder, moved))
  const others = rest.filter((change) => !again.includes(change))
  const isGone = others.filter(({ now }) => !now).sort((a, b) => depth(b.folder) - depth(a.folder))
  const steps = [
    ...[...folders].map((node): Step => ({ kind: 'forget-attributes', node })),
    ...moves.flatMap(moveSteps),
    ...[...isGone, ...others.filter(({ now }) => now)].flatMap(stepsForOne),
  ]
  return { steps, again }
}

function depth(folder: Node): number {
  return folder.parent ? depth(folder.parent) + 1 : 0
}

function moveSteps([from, to]: Move): Step[] {
  const replay: Replay = {
    operation: replayOperation.RENAME,
    folder: from.folder,
    name: from.name,
    before: from.before,
    to: { folder: to.folder, name: to.name, overwritten: to.before !== undefined },
  }
  const content =
    typeof from.before === 'object' && isRegular(to.now.mode) && !sameContent(from.before, to.now)
      ? [modified(to)]
      : []
  return [forgetName(from), forgetName(to), { kind: 'replay', replay }, ...content]
}

function stepsForOne(change: NameChange): Step[] {
  const { before, now, folder, name } = change
  if (!now) return before === undefined ? [] : [forgetName(change), ...unwatched(change), gone(change)]
  const present: Present = { ...change, now }
  if (before === undefined) return [forgetName(change), ...come(present)]
  if (typeof before === 'object' && (before.ino !== now.ino || typeBits(before.mode) !== typeBits(now.mode)))
    return [forgetName(change), ...unwatched(change), gone(change), ...come(present)]
  const node = folder.children.get(name)
  if (isDirectory(now.mode) && change.renamed) return [forgetName(change), ...unwatched(change)]
  if (typeof before === 'object' && sameContent(before, now)) {
    const kind = isUntouched(before, now) ? 'forget-attributes' : 'forget-content'
    return [...(node ? [forget(kind, node)] : []), ...attributes(present, before)]
  }
  const replay = isRegular(now.mode) ? [modified(present)] : []
  return [...(node ? [forget('forget-content', node)] : []), ...replay]
}

function come(change: Present): Step[] {
  const { folder, name, now } = change
  const operation =
    typeBits(now.mode) === fileType.directory
      ? replayOperation.MKDIR
      : typeBits(now.mode) === fileType.link
        ? replayOperation.SYMLINK
        : replayOperation.CREATE
  const created: Step = { kind: 'replay', replay: { operation, folder, name } }
  return isRegular(now.mode) && now.size > 0n ? [created, modified(change)] : [created]
}

function gone({ folder, name, before }: NameChange): Step {
  const directory = before === 'folder' || (typeof before === 'object' && isDirectory(before.mode))
  const operation = directory ? replayOperation.RMDIR : replayOperation.UNLINK
  return { kind: 'replay', replay: { operation, folder, name, before } }
}

function modified({ folder, name }: NameChange): Step {
  return { kind: 'replay', replay: { operation: replayOperation.MODIFY, folder, name } }
}

/** A folder's times change with what is in it, and a link's count with its other names: no news for programs. */
function attributes({ folder, name, now }: Present, before: FileState): Step[] {
  if (before.mode === now.mode) return []
  return [{ kind: 'replay', replay: { operation: replayOperation.ATTRIBUTES, folder, name } }]
}

function unwatched({ folder, name }: NameChange): Step[] {
  const node = folder.children.get(name)
  return node?.isDirectory ? [{ kind: 'unwatch', node }] : []
}

function forgetName({ folder, name }: NameChange): Step {
  return { kind: 'forget-name', folder, name }
}

function forget(kind: 'forget-attributes' | 'forget-content', node: Node): Step {
  return { kind, node }
}

const typeBits = (mode: number): number => mode & fileType.mask
