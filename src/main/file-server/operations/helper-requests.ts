import type { Replay } from '../changes/pending-replays'
import {
  entryBytes,
  opcode,
  replayOperation,
  writeEntry,
  type Attributes,
  type Request,
} from '../protocol/fuse'
import { fileType, refuse } from '../protocol/linux'
import { isDirectory, isRegular, placeholderAttributes } from '../tree/file-attributes'
import { openFile } from '../tree/handles'
import type { Node } from '../tree/node'
import type { ServerContext } from './context'
import { reply, replyEntry, reportedOwner, toldNode } from './replies'

/*
 * Requests of the agent's helper, which repeats in the mount what was done on the host. Nothing that it asks for is
 * done on the host, so it may also act in a read-only share. Each function returns false for any other process. A
 * request of the helper that does not belong to the current replay is refused with EIO: it may come from a replay that
 * another server has given the helper.
 */

/** The replays that a request of the helper may belong to. */
const replaysOf: Readonly<Record<number, readonly number[]>> = {
  [opcode.MKNOD]: [replayOperation.CREATE],
  [opcode.MKDIR]: [replayOperation.MKDIR],
  [opcode.SYMLINK]: [replayOperation.SYMLINK],
  [opcode.UNLINK]: [replayOperation.UNLINK],
  [opcode.RMDIR]: [replayOperation.RMDIR],
  [opcode.RENAME]: [replayOperation.RENAME],
  [opcode.RENAME2]: [replayOperation.RENAME],
  [opcode.OPEN]: [replayOperation.CLOSE],
  [opcode.SETATTR]: [replayOperation.MODIFY, replayOperation.ATTRIBUTES],
}
/** Operations that change something and that no replay needs. */
const neverByHelper: ReadonlySet<number> = new Set([opcode.CREATE, opcode.LINK, opcode.WRITE])
const creations: readonly number[] = [replayOperation.CREATE, replayOperation.MKDIR, replayOperation.SYMLINK]
const startsWithOldName: readonly number[] = [
  replayOperation.UNLINK,
  replayOperation.RMDIR,
  replayOperation.RENAME,
]

/** @throws Refusal EIO for an operation that the helper never needs */
export function verifyHelper({ replays }: ServerContext, request: Request): void {
  if (replays.isHelper(request) && neverByHelper.has(request.opcode)) refuse('EIO')
}

/** The helper looks up a name of the current replay. True when the request has been replied to. */
export function helperLookup(context: ServerContext, request: Request, folder: Node, name: string): boolean {
  const { replays } = context
  const replay = replays.isHelper(request) ? replays.current : undefined
  if (!replay) return false
  const { operation, to, arrival } = replay
  const isName = replay.folder === folder && replay.name === name
  if (isName && arrival) return replyOverwritten(context, request, replay, arrival.overwritten)
  if (isName && operation === replayOperation.CLOSE && isGone(context, folder, name))
    return replyOldEntry(context, request, replay)
  if (isName && creations.includes(operation)) return refuse('ENOENT')
  if (isName && startsWithOldName.includes(operation)) return replyOldEntry(context, request, replay)
  if (to?.folder === folder && to.name === name) {
    const node = to.overwritten ? folder.children.get(name) : undefined
    if (!node || node === replay.folder.children.get(replay.name)) return refuse('ENOENT')
    return replyGone(context, request, node)
  }
  return false
}

/**
 * The helper looks up {@link arrivalName}. The reply names the file that arrives.
 * @throws Refusal ENOENT, EIO when no file arrives
 */
export function helperArrival(context: ServerContext, request: Request): void {
  const { folder, name, arrival } = context.replays.current ?? refuse('EIO')
  if (!arrival) refuse('EIO')
  const file = context.files.get(context.files.entry(folder, name))
  // A folder must not have two names, not even for a moment.
  if (isDirectory(file.mode)) refuse('EIO')
  const node = toldNode(context, folder, name, file)
  reply(context, request, entryBytes, (buffer, at) => {
    const owner = reportedOwner(context, request, node, file)
    writeEntry(buffer, at, node.id, { entry: 0, attributes: 0 }, file, owner)
    return undefined
  })
}

/**
 * The helper renames {@link arrivalName}. The table already has the file at its name.
 * @throws Refusal ESTALE for any other process, EIO
 */
export function helperArrives(
  context: ServerContext,
  request: Request,
  newFolder: Node,
  newName: string,
): void {
  if (!context.replays.isHelper(request)) refuse('ESTALE')
  if (!expectedReplay(context, request, newFolder, newName).arrival) refuse('EIO')
  reply(context, request, 0)
}

/**
 * The helper opens a file or sets its attributes.
 * @throws Refusal EIO
 */
export function helperTouches(context: ServerContext, request: Request, node: Node): boolean {
  if (!context.replays.isHelper(request)) return false
  const { folder, name } = expectedReplay(context, request)
  if (folder.children.get(name) !== node) refuse('EIO')
  return true
}

/**
 * The helper creates a file that the host has created. The reply names the host's file.
 * @throws Refusal EIO
 */
export function helperCreates(context: ServerContext, request: Request, folder: Node, name: string): boolean {
  if (!context.replays.isHelper(request)) return false
  const replay = expectedReplay(context, request, folder, name)
  const file = context.files.get(context.files.entry(folder, name))
  // By now it may be something else, for which there will be another replay.
  if (isDirectory(file.mode) !== (replay.operation === replayOperation.MKDIR)) refuse('EIO')
  context.watches.watch(folder)
  replyEntry(context, request, folder, name, file)
  return true
}

/**
 * The helper removes a name.
 * @throws Refusal EIO
 */
export function helperRemoves(context: ServerContext, request: Request, folder: Node, name: string): boolean {
  if (!context.replays.isHelper(request)) return false
  expectedReplay(context, request, folder, name)
  const node = folder.children.get(name)
  // Since then the name may have been used again, and the kernel been told about it. That node must stay.
  if (node && (node.kernel.isPlaceholder || !isStillThere(context, folder, name, node)))
    context.nodes.detachReplaced(folder, name)
  return true
}

/**
 * The helper renames a file.
 * @throws Refusal EIO
 */
export function helperRenames(
  context: ServerContext,
  request: Request,
  from: { folder: Node; name: string },
  to: { folder: Node; name: string },
): boolean {
  if (!context.replays.isHelper(request)) return false
  const replay = expectedReplay(context, request, from.folder, from.name)
  if (replay.to?.folder !== to.folder || replay.to.name !== to.name) refuse('EIO')
  return true
}

/**
 * The current replay, if the request belongs to it.
 * @throws Refusal EIO
 */
function expectedReplay({ replays }: ServerContext, request: Request, folder?: Node, name?: string): Replay {
  const replay = replays.current
  if (!replay || !replaysOf[request.opcode]?.includes(replay.operation)) return refuse('EIO')
  if (folder && (replay.folder !== folder || replay.name !== name)) refuse('EIO')
  return replay
}

function isGone({ files }: ServerContext, folder: Node, name: string): boolean {
  return files.find(files.entry(folder, name)) === undefined
}

/** Replies with the node of the file that had the name before, if the guest still holds it. */
function replyOverwritten(
  context: ServerContext,
  request: Request,
  { folder, name }: Replay,
  node: Node | undefined,
): true {
  const isHeld = node !== undefined && context.nodes.find(node.id) === node
  // The guest already knows the new file by this name. With one file at both names the kernel would rename nothing.
  if (!isHeld || node === folder.children.get(name)) return refuse('ENOENT')
  return replyGone(context, request, node)
}

function isStillThere({ files }: ServerContext, folder: Node, name: string, node: Node): boolean {
  return files.find(files.entry(folder, name))?.ino === node.ino
}

/**
 * Replies with the old node of a name that is gone from the host, or with a placeholder if the guest did not know it.
 */
function replyOldEntry(context: ServerContext, request: Request, replay: Replay): true {
  const { folder, name, before, to } = replay
  const known = folder.children.get(name)
  const moved = to && context.files.find(context.files.entry(to.folder, to.name))
  if (known && (typeof before !== 'object' || before.ino === known.ino))
    return replyGone(context, request, known, moved)
  const directory = before === 'folder' || (typeof before === 'object' && isDirectory(before.mode))
  const type = directory ? fileType.directory : fileType.regular
  const file = moved ?? placeholderAttributes(typeof before === 'object' ? before.ino : 0n, type)
  const node = context.nodes.obtain(folder, name, file)
  node.kernel.becamePlaceholder()
  return replyGone(context, request, node, file)
}

function replyGone(context: ServerContext, request: Request, node: Node, found?: Attributes): true {
  const handle = openFile(context.handles, node)
  const file =
    found ??
    (handle ? context.files.ofHandle(handle.fd) : replacementOf(context, node)) ??
    placeholderAttributes(node.ino, node.type)
  node.kernel.toldGoneEntry()
  reply(context, request, entryBytes, (buffer, at) => {
    const shown = { ...file, nlink: Math.max(1, file.nlink) }
    const owner = reportedOwner(context, request, node, file)
    writeEntry(buffer, at, node.id, { entry: 0, attributes: 0 }, shown, owner)
    return undefined
  })
  return true
}

/**
 * The file that has replaced this one. A container that has mounted the old file will see the new one, and the kernel
 * keeps the attributes of this reply.
 */
function replacementOf({ files }: ServerContext, node: Node): Attributes | undefined {
  const former = [node.movedFrom, node.lastPlace].filter((place) => place !== undefined)
  const places = isRegular(node.type) ? [...node.names, ...former] : []
  for (const { parent, name } of places) {
    const file = files.find(files.entry(parent, name))
    if (file && isRegular(file.mode)) return file
  }
  return undefined
}
