import { ftruncateSync } from 'node:fs'
import {
  attrBytes,
  readNumber,
  root,
  rootId,
  setattrFlag,
  writeAttributes,
  writeNumber,
  type Attributes,
  type Owner,
  type Request,
} from '../protocol/fuse'
import { refuse, wantsWriting } from '../protocol/linux'
import { isRegular, rootAttributes, typeBits } from '../tree/file-attributes'
import { openFile, usableFile } from '../tree/handles'
import type { FileTime } from '../native/file-times'
import type { Node } from '../tree/node'
import { need, writable, type Operation, type ServerContext } from './context'
import { helperTouches } from './helper-requests'
import { callerOf, reply, reportedOwner } from './replies'

export const getAttributes: Operation = (context, request) => {
  if (request.nodeId === rootId) {
    replyAttributes(context, request, rootAttributes, root, 0)
    return
  }
  replyNode(context, request, context.nodes.get(request.nodeId))
}

export const setAttributes: Operation = (context, request) => {
  const { nodes, files, handles } = context
  const body = need(request.body, 88)
  const valid = body.readUInt32LE(0)
  const node = nodes.get(request.nodeId)
  if (!helperTouches(context, request, node)) {
    writable(node)
    const handle =
      valid & setattrFlag.FH
        ? usableFile(handles, readNumber(body, 8), request.nodeId)
        : openFile(handles, node)
    const fd = handle?.fd
    const path = fd === undefined ? files.file(node) : ''
    if (valid & setattrFlag.MODE) {
      const mode = body.readUInt32LE(68)
      if (fd === undefined) files.changeMode(path, mode)
      else files.changeModeOf(fd, mode)
    }
    if (valid & setattrFlag.SIZE) {
      const size = readNumber(body, 16)
      if (fd !== undefined && wantsWriting(handle?.flags ?? 0)) ftruncateSync(fd, size)
      else files.truncate(path === '' ? files.file(node) : path, size)
    }
    if (valid & (setattrFlag.UID | setattrFlag.GID)) changeOwner(context, request, node)
    if (valid & (setattrFlag.ATIME | setattrFlag.MTIME)) changeTimes(context, node, fd, body, valid)
    replyNode(context, request, node, true)
    return
  }
  replyNode(context, request, node)
}

/** Replies with the current attributes of a node. `isSet`: the guest has just changed these attributes. */
function replyNode(context: ServerContext, request: Request, node: Node, isSet = false): void {
  const file = currentAttributes(context, node)
  node.kernel.toldAttributes(file)
  if (isSet) context.watches.recordNode(node, file)
  else context.watches.recordToldNode(node, file)
  const owner = reportedOwner(context, request, node, file)
  replyAttributes(context, request, file, owner, context.timeouts.ofAttributes(node, file))
}

/**
 * The current attributes of a node. For an open file, these are the attributes of its handle, because the file may have
 * no name any more.
 */
function currentAttributes(context: ServerContext, node: Node): Attributes {
  const { files, handles } = context
  const handle = openFile(handles, node)
  if (handle) return files.ofHandle(handle.fd)
  if (!node.parent && !node.unlinked) return files.find(node.share.path) ?? rootAttributes
  const file = files.get(files.file(node))
  verifyIdentity(context, node, file)
  return file
}

/**
 * Makes sure that a node represents the file at its place. If another file has taken the node's name, the node
 * represents the new file from now on, if possible. Otherwise the server refuses the request, and the kernel looks up
 * the name again. If a container has mounted the file itself, the kernel cannot look up the name. The kernel then
 * repeats the request, and gets the file that has the name now.
 *
 * For a node without a name, `file` is the file at the node's last place. The server refuses the request only if this
 * is no regular file.
 * @throws Refusal ESTALE
 */
export function verifyIdentity({ nodes, handles }: ServerContext, node: Node, file: Attributes): void {
  const isOpen = (other: Node) => handles.has(other)
  // After the first ESTALE, the kernel looks up the name again. A second ESTALE would reach the program.
  const isFresh = node.kernel.takeFreshEntry()
  if (node.unlinked) {
    if (!isRegular(file.mode)) refuse('ESTALE')
    nodes.adopt(node, file, isOpen)
    return
  }
  const former = node.parent?.replaced.get(node.name)
  if (!isFresh && former && former !== node && nodes.adopt(former, file, isOpen)) refuse('ESTALE')
  if (file.ino === node.ino && typeBits(file.mode) === node.type) return
  if (nodes.adopt(node, file, isOpen)) return
  if (node.parent && !node.isDirectory) nodes.detachReplaced(node.parent, node.name)
  refuse('ESTALE')
}

function replyAttributes(
  context: ServerContext,
  request: Request,
  file: Attributes,
  owner: Owner,
  seconds: number,
): void {
  reply(context, request, 16 + attrBytes, (buffer, at) => {
    writeNumber(buffer, seconds, at)
    buffer.fill(0, at + 8, at + 16)
    writeAttributes(buffer, at + 16, file, owner)
    return undefined
  })
}

/**
 * Changes the owner that programs in the machine see. Only root may change the user of a file. The file's owner on the
 * host does not change.
 * @throws Refusal EPERM
 */
function changeOwner(context: ServerContext, request: Request, node: Node): void {
  const body = need(request.body, 88)
  const valid = body.readUInt32LE(0)
  const caller = callerOf(context, request)
  const file = currentAttributes(context, node)
  const before = context.owners.of(file, caller)
  const uid = valid & setattrFlag.UID ? body.readUInt32LE(76) : before.uid
  const gid = valid & setattrFlag.GID ? body.readUInt32LE(80) : before.gid
  if (uid === before.uid && gid === before.gid) return
  if (caller.uid !== 0 && uid !== before.uid) refuse('EPERM')
  context.owners.give(file, { uid, gid })
  if (uid !== 0) context.onForeignOwner(node)
}

function changeTimes(
  { files }: ServerContext,
  node: Node,
  fd: number | undefined,
  body: Buffer,
  valid: number,
): void {
  const time = (wanted: number, now: number, seconds: number, nanoseconds: number): FileTime => {
    if (valid & now) return 'now'
    if (!(valid & wanted)) return 'unchanged'
    return body.readBigInt64LE(seconds) * 1_000_000_000n + BigInt(body.readUInt32LE(nanoseconds))
  }
  const atime = time(setattrFlag.ATIME, setattrFlag.ATIME_NOW, 32, 56)
  const mtime = time(setattrFlag.MTIME, setattrFlag.MTIME_NOW, 40, 60)
  if (fd === undefined || files.setsTimesByPath) files.changeTimes(files.file(node), atime, mtime)
  else files.changeTimesOf(fd, atime, mtime)
}
