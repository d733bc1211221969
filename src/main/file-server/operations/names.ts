import { mountAgent } from '../../lib'
import { arrivalName } from '../changes/inotify-replays'
import {
  entryBytes,
  opcode,
  readNumber,
  renameFlag,
  rootId,
  socketsId,
  writeEntry,
  type Attributes,
  type Request,
} from '../protocol/fuse'
import { refuse } from '../protocol/linux'
import { isDirectory, isSocket, rootAttributes, typeBits } from '../tree/file-attributes'
import type { Node, Place } from '../tree/node'
import { namesIn, need, writable, type Operation, type ServerContext } from './context'
import {
  helperArrival,
  helperArrives,
  helperCreates,
  helperLookup,
  helperRemoves,
  helperRenames,
} from './helper-requests'
import { reply, replyEmpty, replyEntry, replyMissing, reportedOwner } from './replies'
import { bindListener, replySocketsFolder } from './socket-listeners'

export const lookup: Operation = (context, request) => {
  const [name = ''] = namesIn(context, request.body, 1)
  if (request.nodeId === rootId) {
    lookupInRoot(context, request, name)
    return
  }
  if (request.nodeId === socketsId) {
    context.onReport(request, name)
    refuse('ENOENT')
  }
  const folder = context.nodes.get(request.nodeId)
  if (helperLookup(context, request, folder, name)) return
  const path = context.files.entry(folder, name)
  const watched = context.watches.watch(folder)
  const file = context.files.find(path)
  if (file) {
    context.watches.recordSpelling(folder, name)
    if (isPostponed(context, request, folder, name, path, file)) return
    replyEntry(context, request, folder, name, file)
  } else replyMissing(context, request, context.timeouts.ofMissing(folder, name, watched))
}

/**
 * Postpones the lookup of a socket until the agent listens on it ({@link SocketListeners}). Returns false if the lookup
 * need not wait. A lookup of the agent's helper never waits, because all jobs of the helper would wait too.
 */
function isPostponed(
  { files, listeners, nodes, replays }: ServerContext,
  request: Request,
  folder: Node,
  name: string,
  path: string,
  file: Attributes,
): boolean {
  if (!isSocket(file.mode) || !folder.share.writable || replays.isHelper(request)) return false
  if (!files.isSocket(path)) return false
  return listeners.postpone(request, nodes.obtain(folder, name, file))
}

/** Looks up a name in the mount's root: a shared folder, a name that only the agent uses, or a report of the agent. */
function lookupInRoot(context: ServerContext, request: Request, name: string): void {
  const node = context.nodes.share(name)
  if (!node) {
    if (name === arrivalName && context.replays.isHelper(request)) {
      helperArrival(context, request)
      return
    }
    if (name === mountAgent.socketsFolder) {
      replySocketsFolder(context, request)
      return
    }
    context.onReport(request, name)
    refuse('ENOENT')
  }
  const file = shareAttributes(context, node)
  node.kernel.attributesExpired()
  const owner = reportedOwner(context, request, node, file)
  reply(context, request, entryBytes, (buffer, at) => {
    writeEntry(buffer, at, node.id, { entry: 0, attributes: 0 }, file, owner)
    return undefined
  })
}

/** The attributes of a shared folder. If the folder is missing on the host, the guest sees an empty folder. */
function shareAttributes({ files }: ServerContext, node: Node): Attributes {
  const file = files.find(node.share.path)
  return file && isDirectory(file.mode) ? file : rootAttributes
}

export const makeNode: Operation = (context, request) => {
  const mode = need(request.body, 16).readUInt32LE(0)
  const [name = ''] = namesIn(context, request.body.subarray(16), 1)
  if (request.nodeId === socketsId) {
    bindListener(context, request, name)
    return
  }
  create(context, request, name, (path) => {
    context.files.makeNode(path, typeBits(mode), mode)
  })
}

export const makeFolder: Operation = (context, request) => {
  const mode = need(request.body, 8).readUInt32LE(0)
  const [name = ''] = namesIn(context, request.body.subarray(8), 1)
  create(context, request, name, (path) => {
    context.files.makeFolder(path, mode)
  })
}

export const symlink: Operation = (context, request) => {
  const { body } = request
  const [name = ''] = namesIn(context, body, 1)
  const at = body.indexOf(0) + 1
  const end = body.indexOf(0, at)
  if (end === -1) refuse('EINVAL')
  // The body is a view of a buffer that will be overwritten.
  const target = Buffer.from(body.subarray(at, end))
  create(context, request, name, (path) => {
    context.files.symlink(target, path)
  })
}

function create(context: ServerContext, request: Request, name: string, act: (path: string) => void): void {
  const folder = context.nodes.get(request.nodeId)
  if (helperCreates(context, request, folder, name)) return
  writable(folder)
  const path = context.files.entry(folder, name)
  context.watches.watch(folder)
  act(path)
  replyEntry(context, request, folder, name, context.files.get(path), true)
}

export const link: Operation = (context, request) => {
  const { nodes, files, watches } = context
  const node = writable(nodes.get(readNumber(need(request.body, 8), 0)))
  if (node.unlinked) refuse('ESTALE')
  const [name = ''] = namesIn(context, request.body.subarray(8), 1)
  const folder = writable(nodes.get(request.nodeId))
  if (folder.share !== node.share) refuse('EXDEV')
  const path = files.entry(folder, name)
  watches.watch(folder)
  files.link(files.file(node), path)
  const file = files.get(path)
  nodes.addName(node, folder, name, file)
  replyEntry(context, request, folder, name, file, true)
}

export const remove: Operation = (context, request) => {
  removeName(context, request, (path) => {
    context.files.remove(path)
  })
}

export const removeFolder: Operation = (context, request) => {
  removeName(context, request, (path) => {
    context.files.removeFolder(path)
  })
}

function removeName(context: ServerContext, request: Request, act: (path: string) => void): void {
  const { nodes, files, watches } = context
  const [name = ''] = namesIn(context, request.body, 1)
  const folder = nodes.get(request.nodeId)
  if (!helperRemoves(context, request, folder, name)) {
    writable(folder)
    act(files.entry(folder, name))
    nodes.detach(folder, name)
    watches.recordRemoval(folder, name)
  }
  replyEmpty(context, request)
}

export const rename: Operation = (context, request) => {
  const { nodes, files, watches } = context
  const { body } = request
  const second = request.opcode === opcode.RENAME2
  const head = second ? 16 : 8
  const flags = second ? need(body, head).readUInt32LE(8) : 0
  const [name = '', newName = ''] = namesIn(context, need(body, head).subarray(head), 2)
  const newFolder = nodes.get(readNumber(body, 0))
  if (request.nodeId === rootId) {
    helperArrives(context, request, newFolder, newName)
    return
  }
  const folder = nodes.get(request.nodeId)
  if (folder.share !== newFolder.share) refuse('EXDEV')
  if ((flags & ~(renameFlag.NOREPLACE | renameFlag.EXCHANGE)) !== 0) refuse('EINVAL')
  files.style.validName(name)
  files.style.validName(newName)
  if (flags & renameFlag.EXCHANGE) {
    exchange(context, request, { parent: folder, name }, { parent: newFolder, name: newName })
    return
  }
  const byHost = helperRenames(context, request, { folder, name }, { folder: newFolder, name: newName })
  if (!byHost) {
    writable(folder)
    const from = files.movable(folder, name)
    const to = files.entry(newFolder, newName)
    if (flags & renameFlag.NOREPLACE && files.find(to)) refuse('EEXIST')
    files.rename(from, to)
    watches.recordRemoval(folder, name)
    const file = files.find(to)
    if (file) watches.record(newFolder, newName, file)
  }
  nodes.move(folder, name, newFolder, newName, byHost)
  replyEmpty(context, request)
}

function exchange(context: ServerContext, request: Request, one: Place, other: Place): void {
  const { nodes, files, watches, replays } = context
  if (replays.isHelper(request)) refuse('EIO')
  const places = [one, other]
  for (const { parent } of places) writable(parent)
  files.exchange(files.movable(one.parent, one.name), files.movable(other.parent, other.name))
  nodes.exchange(one, other)
  for (const { parent, name } of places) {
    const file = files.find(files.entry(parent, name))
    if (file) watches.record(parent, name, file)
  }
  replyEmpty(context, request)
}

export const readLink: Operation = (context, request) => {
  const { nodes, files } = context
  const target = files.readLink(files.file(nodes.get(request.nodeId)))
  reply(context, request, target.length, (buffer, at) => {
    target.copy(buffer, at)
    return undefined
  })
}
