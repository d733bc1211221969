import {
  entryBytes,
  opcode,
  writeEntry,
  type Attributes,
  type CacheTimeout,
  type Owner,
  type Request,
} from '../protocol/fuse'
import { refuse } from '../protocol/linux'
import type { Node } from '../tree/node'
import type { ServerContext } from './context'

/** Sends a reply with up to `bytes` of payload. `write` writes the payload, and may return a smaller size. */
export function reply(
  { writer }: ServerContext,
  request: Request,
  bytes: number,
  write: (buffer: Buffer, at: number) => number | undefined = () => undefined,
): void {
  const message = writer.reserve(bytes)
  writer.reply(request, message, write(message.buffer, message.at) ?? bytes)
}

export function replyEmpty(context: ServerContext, request: Request): void {
  reply(context, request, 0)
}

/**
 * Replies with the file of this name. `isMade`: the guest has just created the name. Otherwise, the guest has asked for
 * the name.
 */
export function replyEntry(
  context: ServerContext,
  request: Request,
  folder: Node,
  name: string,
  file: Attributes,
  isMade = false,
): void {
  const node = (isMade ? madeNode : toldNode)(context, folder, name, file)
  // A program that uses inotify may ask for the folder and for nothing in it, so the folder must be watched. A lookup
  // of the helper starts no watch, because perhaps no program uses the folder.
  if (node.isDirectory && !context.replays.isHelper(request)) context.watches.watch(node)
  if (isMade && context.watches.isEmpty(node)) node.kernel.toldNewFolder(context.writer)
  const timeout = context.timeouts.ofEntry(folder, name, file)
  const owner = reportedOwner(context, request, node, file)
  reply(context, request, entryBytes, (buffer, at) => {
    writeEntry(buffer, at, node.id, timeout, file, owner)
    return undefined
  })
}

/**
 * Replies that there is no file of this name. The kernel may cache this reply for the time in `timeout`.
 * @throws Refusal ENOENT if the kernel may not cache the reply
 */
export function replyMissing(context: ServerContext, request: Request, timeout: CacheTimeout): void {
  if (timeout.entry === 0) refuse('ENOENT')
  reply(context, request, entryBytes, (buffer, at) => {
    writeEntry(buffer, at, 0, timeout)
    return undefined
  })
}

/** Returns the node of a name that the guest has just created, and records the file's attributes. */
export function madeNode(context: ServerContext, folder: Node, name: string, file: Attributes): Node {
  const node = context.nodes.obtain(folder, name, file)
  node.kernel.toldEntry(file)
  context.watches.record(folder, name, file)
  return node
}

/**
 * Returns the node of a name that the guest has asked for, and records the file's attributes. If the host has replaced
 * the file, the node of the old file represents the new file from now on, if possible.
 */
export function toldNode(context: ServerContext, folder: Node, name: string, file: Attributes): Node {
  const { nodes, watches, handles } = context
  const isOpen = (node: Node) => handles.has(node)
  const known = folder.children.get(name)
  if (known && known.ino !== file.ino) nodes.adopt(known, file, isOpen)
  const former = folder.replaced.get(name)
  if (former) nodes.adopt(former, file, isOpen)
  const node = nodes.obtain(folder, name, file)
  node.kernel.toldEntry(file)
  watches.recordTold(folder, name, file)
  return node
}

/** The owner to report for this file in the reply. */
export function reportedOwner(context: ServerContext, request: Request, node: Node, file: Attributes): Owner {
  return context.owners.report(node, file, callerOf(context, request))
}

/**
 * The user who sent the request. The helper's requests are attributed to the last other user, because the helper most
 * likely works for that user.
 */
export function callerOf({ owners, replays }: ServerContext, request: Request): Owner {
  return owners.callerOf(replays.isHelper(request) ? undefined : request.caller)
}

/** Operations after which a program sees attributes, either from this reply or from the kernel's cache. */
const showsAttributes: ReadonlySet<number> = new Set([
  ...[opcode.LOOKUP, opcode.GETATTR, opcode.SETATTR, opcode.OPEN, opcode.OPENDIR, opcode.READDIRPLUS],
  ...[opcode.CREATE, opcode.MKDIR, opcode.MKNOD, opcode.SYMLINK, opcode.LINK],
])

/**
 * Expires the kernel's cached owners that differ from the caller, on the path to the request's node. The kernel has one
 * cache for all users, but each user must see the files as their own.
 */
export function expireOtherOwners(context: ServerContext, request: Request): void {
  if (!showsAttributes.has(request.opcode) || context.replays.isHelper(request)) return
  const node = context.nodes.find(request.nodeId)
  // Only the agent uses the root of the mount.
  if (!node) return
  const caller = callerOf(context, request)
  for (const other of context.owners.ownedByOthers(node, caller)) other.kernel.expireOwner(context.writer)
}
