import { replayOperation, type Attributes } from './fuse'
import { isDirectory, isRegular, sameContent, type FileState, type Node } from './nodes'
import type { Replay } from './replays'
import type { NameChange } from './watches'
import { fileType } from './linux'

/** What the guest's kernel is to forget, and what programs in the machine are to be told, in this order. */
export type Step =
  | { kind: 'forget-name'; folder: Node; name: string }
  | { kind: 'forget-attributes'; node: Node }
  | { kind: 'forget-content'; node: Node }
  | { kind: 'unwatch'; node: Node }
  | { kind: 'replay'; replay: Replay }

type Change = NameChange & { now: Attributes }

/**
 * Turns what was noticed at once into steps. What left one name and came under another, by its inode, is a rename;
 * the rest comes, goes or changes.
 */
export function stepsFor(changes: readonly NameChange[]): Step[] {
  const folders = new Set(changes.map(({ folder }) => folder))
  const { renames, rest } = pairRenames(changes)
  return [
    ...[...folders].map((node): Step => ({ kind: 'forget-attributes', node })),
    ...renames.flatMap(([from, to]) => renameSteps(from, to)),
    ...rest.flatMap(stepsForOne),
  ]
}

function pairRenames(changes: readonly NameChange[]): {
  renames: [NameChange, Change][]
  rest: NameChange[]
} {
  const gone = new Map<bigint, NameChange>()
  for (const change of changes)
    if (typeof change.before === 'object' && change.before.ino !== change.now?.ino)
      gone.set(change.before.ino, change)
  const renames: [NameChange, Change][] = []
  const paired = new Set<NameChange>()
  for (const change of changes) {
    const { now, before } = change
    if (!now || (typeof before === 'object' && before.ino === now.ino)) continue
    const from = gone.get(now.ino)
    const sameType = typeof from?.before === 'object' && typeBits(from.before.mode) === typeBits(now.mode)
    // A link's second name is no rename, and the names of two shares are not one file system.
    if (!from || from.now || !sameType || from.folder.share !== change.folder.share) continue
    gone.delete(now.ino)
    renames.push([from, { ...change, now }])
    paired.add(from).add(change)
  }
  return { renames, rest: changes.filter((change) => !paired.has(change)) }
}

function renameSteps(from: NameChange, to: Change): Step[] {
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
  const present: Change = { ...change, now }
  if (before === undefined) return [forgetName(change), ...come(present)]
  if (typeof before === 'object' && (before.ino !== now.ino || typeBits(before.mode) !== typeBits(now.mode)))
    return [forgetName(change), ...unwatched(change), gone(change), ...come(present)]
  const node = folder.children.get(name)
  if (isDirectory(now.mode) && change.renamed) return [forgetName(change), ...unwatched(change)]
  if (typeof before === 'object' && sameContent(before, now))
    return [...(node ? [forget('forget-attributes', node)] : []), ...attributes(present, before)]
  const replay = isRegular(now.mode) ? [modified(present)] : []
  return [...(node ? [forget('forget-content', node)] : []), ...replay]
}

function come(change: Change): Step[] {
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
function attributes({ folder, name, now }: Change, before: FileState): Step[] {
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
