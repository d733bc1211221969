import {
  getExtendedAttribute,
  listExtendedAttributes,
  removeExtendedAttribute,
  setExtendedAttribute,
} from '../native/extended-attributes'
import type { Attributes, Request } from '../protocol/fuse'
import { refuse } from '../protocol/linux'
import { isRegular } from '../tree/file-attributes'
import type { Node } from '../tree/node'
import { verifyIdentity } from './attributes'
import { need, writable, type Operation, type ServerContext } from './context'
import { reply, replyEmpty } from './replies'

/*
 * Extended attributes. The host's file system stores those of programs (`user.*`). The agent refuses all others.
 */

const prefix = 'user.'

export const get: Operation = (context, request) => {
  const size = need(request.body, 8).readUInt32LE(0)
  const name = attributeName(request.body.subarray(8))
  replyBytes(context, request, size, getExtendedAttribute(pathOf(context, request), name))
}

export const list: Operation = (context, request) => {
  const size = need(request.body, 8).readUInt32LE(0)
  const hasNone = !mayHaveAttributes(context.nodes.get(request.nodeId))
  // Programs that copy files list the attributes of every file. For a symbolic link, Linux replies with an empty list.
  const names = hasNone ? [] : listExtendedAttributes(pathOf(context, request))
  const own = names.filter((name) => name.startsWith(prefix))
  replyBytes(context, request, size, Buffer.concat(own.map((name) => Buffer.from(`${name}\0`, 'latin1'))))
}

export const set: Operation = (context, request) => {
  const { body } = request
  const size = need(body, 8).readUInt32LE(0)
  const flags = body.readUInt32LE(4)
  const name = attributeName(body.subarray(8))
  const value = body.subarray(8 + name.length + 1)
  change(context, request, (path) => {
    setExtendedAttribute(path, name, need(value, size).subarray(0, size), flags)
  })
}

export const remove: Operation = (context, request) => {
  const name = attributeName(request.body)
  change(context, request, (path) => {
    removeExtendedAttribute(path, name)
  })
}

function change(context: ServerContext, request: Request, act: (path: string | Buffer) => void): void {
  const node = writable(context.nodes.get(request.nodeId))
  if (context.replays.isHelper(request)) refuse('EIO')
  const { path, file } = verifiedFile(context, request)
  context.watches.beforeChange(node, file)
  act(context.files.attributesPath(path))
  const changed = context.files.find(path)
  if (changed) context.watches.recordNode(node, changed)
  replyEmpty(context, request)
}

/** Linux supports `user.*` attributes for files and folders only. */
function mayHaveAttributes({ isDirectory, type }: Node): boolean {
  return isDirectory || isRegular(type)
}

function pathOf(context: ServerContext, request: Request): string | Buffer {
  return context.files.attributesPath(verifiedFile(context, request).path)
}

/**
 * The file that the request names, and its path.
 * @throws Refusal EPERM if the file can have no attributes; ESTALE if another file has the node's name now and the node
 * cannot represent it, for example because an open file was removed and its name was used again
 */
function verifiedFile(context: ServerContext, request: Request): { path: string; file: Attributes } {
  const { nodes, files } = context
  const node = nodes.get(request.nodeId)
  if (!mayHaveAttributes(node)) refuse('EPERM')
  const path = files.file(node)
  const file = files.get(path)
  const isShare = !node.parent && !node.unlinked
  if (!isShare) verifyIdentity(context, node, file)
  if (!isShare && file.ino !== node.ino) refuse('ESTALE')
  return { path, file }
}

/** Returns a name with one character for each byte. */
function attributeName(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  if (end === -1) refuse('EINVAL')
  const name = bytes.toString('latin1', 0, end)
  return name.startsWith(prefix) ? name : refuse('ENOTSUP')
}

/** Replies with the bytes, or only with their number if the program has provided no room. */
function replyBytes(context: ServerContext, request: Request, room: number, bytes: Buffer): void {
  if (room === 0)
    reply(context, request, 8, (buffer, at) => {
      buffer.writeUInt32LE(bytes.length, at)
      buffer.writeUInt32LE(0, at + 4)
      return undefined
    })
  else if (bytes.length > room) refuse('ERANGE')
  else
    reply(context, request, bytes.length, (buffer, at) => {
      bytes.copy(buffer, at)
      return undefined
    })
}
