import type { Replay } from '../changes/inotify-replays'
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
 * Requests of the agent's helper, which repeats changes of the host in the mount. The server does not apply these
 * requests to the host's files, so the helper may also act in a read-only share. A function that returns a boolean
 * returns false for any other process. If a request of the helper would open or change a file, and does not belong to
 * the current replay, the server refuses the request with EIO. Such a request may come from a replay that an earlier
 * server sent to the helper.
 */

/** The replay operations that the helper's requests belong to, by opcode. */
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

/**
 * Handles the helper's lookup of a name in the current replay. Returns true if a reply was sent.
 * @throws Refusal ENOENT if the helper must not find the name
 */
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
 * Handles the helper's lookup of {@link arrivalName}. The reply names the file that the helper will rename to its final
 * name.
 * @throws Refusal ENOENT; EIO if the current replay renames no such file
 */
export function helperArrival(context: ServerContext, request: Request): void {
  const { folder, name, arrival } = context.replays.current ?? refuse('EIO')
  if (!arrival) refuse('EIO')
  const file = context.files.get(context.files.entry(folder, name))
  // A folder must never have two names, not even for a moment.
  if (isDirectory(file.mode)) refuse('EIO')
  const node = toldNode(context, folder, name, file)
  reply(context, request, entryBytes, (buffer, at) => {
    const owner = reportedOwner(context, request, node, file)
    writeEntry(buffer, at, node.id, { entry: 0, attributes: 0 }, file, owner)
    return undefined
  })
}

/**
 * Handles the helper's rename of {@link arrivalName}. The node table already has the file under its new name.
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
 * Handles the helper's request to open a file or to set its attributes.
 * @throws Refusal EIO
 */
export function helperTouches(context: ServerContext, request: Request, node: Node): boolean {
  if (!context.replays.isHelper(request)) return false
  const { folder, name } = expectedReplay(context, request)
  if (folder.children.get(name) !== node) refuse('EIO')
  return true
}

/**
 * Handles the helper's creation of a file that the host has already created. The reply names the host's file.
 * @throws Refusal EIO; ENOENT if the host has removed the file since
 */
export function helperCreates(context: ServerContext, request: Request, folder: Node, name: string): boolean {
  if (!context.replays.isHelper(request)) return false
  const replay = expectedReplay(context, request, folder, name)
  const file = context.files.get(context.files.entry(folder, name))
  // The host may have replaced the file by a folder since, or the folder by a file. That change gets a replay of its
  // own.
  if (isDirectory(file.mode) !== (replay.operation === replayOperation.MKDIR)) refuse('EIO')
  context.watches.watch(folder)
  replyEntry(context, request, folder, name, file)
  return true
}

/**
 * Handles the helper's removal of a name.
 * @throws Refusal EIO
 */
export function helperRemoves(context: ServerContext, request: Request, folder: Node, name: string): boolean {
  if (!context.replays.isHelper(request)) return false
  expectedReplay(context, request, folder, name)
  const node = folder.children.get(name)
  if (!node) return true
  // The host may have used the name again since, and the kernel may already know the new file. The new file's node must
  // stay.
  const file = node.kernel.isPlaceholder ? undefined : context.files.find(context.files.entry(folder, name))
  if (!file) context.nodes.detachRemoved(folder, name)
  else if (file.ino !== node.ino) context.nodes.detachReplaced(folder, name)
  return true
}

/**
 * Handles the helper's rename of a file.
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
 * Returns the current replay.
 * @throws Refusal EIO if the request does not belong to the current replay
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

/** Replies with the node of the file that had the name before, if the guest's kernel still holds this node. */
function replyOverwritten(
  context: ServerContext,
  request: Request,
  { folder, name }: Replay,
  node: Node | undefined,
): true {
  const isHeld = node !== undefined && context.nodes.find(node.id) === node
  // If `node` already has this name, it already represents the new file. The server then replies that the new name does
  // not exist. Otherwise both names of the rename would lead to one file, and the kernel would rename nothing.
  if (!isHeld || node === folder.children.get(name)) return refuse('ENOENT')
  return replyGone(context, request, node)
}

/**
 * Replies with the old node of a name that is gone from the host. If the guest did not know the name, replies with a
 * placeholder.
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
 * The attributes of the file that has replaced the node's file. A container that has mounted the old file will see the
 * new file, and the kernel keeps the attributes of this reply.
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
