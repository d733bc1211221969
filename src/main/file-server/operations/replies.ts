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

/** Replies with a payload that `write` puts into `bytes` of room. `write` may return a smaller size. */
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

/** Replies that there is a file of this name: the guest has just made it, or has asked for it. */
export function replyEntry(
  context: ServerContext,
  request: Request,
  folder: Node,
  name: string,
  file: Attributes,
  isMade = false,
): void {
  const node = (isMade ? madeNode : toldNode)(context, folder, name, file)
  // A program that uses inotify may ask for nothing but the folder itself, so the folder must be watched. A folder that
  // only the helper looks up may interest nobody.
  if (node.isDirectory && !context.replays.isHelper(request)) context.watches.watch(node)
  const timeout = context.timeouts.ofEntry(folder, name, file)
  const owner = reportedOwner(context, request, node, file)
  reply(context, request, entryBytes, (buffer, at) => {
    writeEntry(buffer, at, node.id, timeout, file, owner)
    return undefined
  })
}

/**
 * Replies that there is no such name. The kernel may cache that for as long as `timeout` says.
 * @throws Refusal ENOENT when it may not be cached
 */
export function replyMissing(context: ServerContext, request: Request, timeout: CacheTimeout): void {
  if (timeout.entry === 0) refuse('ENOENT')
  reply(context, request, entryBytes, (buffer, at) => {
    writeEntry(buffer, at, 0, timeout)
    return undefined
  })
}

/** The node of a name that the guest has just given to a file. */
export function madeNode(context: ServerContext, folder: Node, name: string, file: Attributes): Node {
  const node = context.nodes.obtain(folder, name, file)
  node.kernel.toldEntry(file)
  context.watches.record(folder, name, file)
  return node
}

/** The node of a name that the guest asks for. The host may have replaced its file. */
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

/** The user who asks. For the agent's helper it is the last other user, on whose behalf it most likely asks. */
export function callerOf({ owners, replays }: ServerContext, request: Request): Owner {
  return owners.callerOf(replays.isHelper(request) ? undefined : request.caller)
}

/** Operations after which a program sees attributes, in this reply or from the kernel's cache. */
const showsAttributes: ReadonlySet<number> = new Set([
  ...[opcode.LOOKUP, opcode.GETATTR, opcode.SETATTR, opcode.OPEN, opcode.OPENDIR, opcode.READDIRPLUS],
  ...[opcode.CREATE, opcode.MKDIR, opcode.MKNOD, opcode.SYMLINK, opcode.LINK],
])

/**
 * Expires cached owners on the path to the request's node that belong to another user. The kernel has one cache for all
 * users, but each user must see the files as their own.
 */
export function expireOtherOwners(context: ServerContext, request: Request): void {
  if (!showsAttributes.has(request.opcode) || context.replays.isHelper(request)) return
  const caller = callerOf(context, request)
  const node = context.nodes.find(request.nodeId)
  if (!node) return
  for (const other of context.owners.ownedByOthers(node, caller)) other.kernel.expireOwner(context.writer)
}
