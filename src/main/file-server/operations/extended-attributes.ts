import type { Request } from '../protocol/fuse'
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
  replyBytes(context, request, size, context.files.getExtendedAttribute(pathOf(context, request), name))
}

export const list: Operation = (context, request) => {
  const size = need(request.body, 8).readUInt32LE(0)
  const hasNone = !mayHaveAttributes(context.nodes.get(request.nodeId))
  // Programs that copy files list the attributes of every file. For a symbolic link, Linux replies with an empty list.
  const names = hasNone ? [] : context.files.listExtendedAttributes(pathOf(context, request))
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
    context.files.setExtendedAttribute(path, name, need(value, size).subarray(0, size), flags)
  })
}

export const remove: Operation = (context, request) => {
  const name = attributeName(request.body)
  change(context, request, (path) => {
    context.files.removeExtendedAttribute(path, name)
  })
}

function change(context: ServerContext, request: Request, act: (path: string) => void): void {
  const node = writable(context.nodes.get(request.nodeId))
  if (context.replays.isHelper(request)) refuse('EIO')
  const path = pathOf(context, request)
  context.watches.beforeChange(node, context.files.get(path))
  act(path)
  const file = context.files.find(path)
  if (file) context.watches.recordNode(node, file)
  replyEmpty(context, request)
}

/** Linux supports `user.*` attributes for files and folders only. */
function mayHaveAttributes({ isDirectory, type }: Node): boolean {
  return isDirectory || isRegular(type)
}

/**
 * The path of the file that the request names.
 * @throws Refusal EPERM, or ESTALE if another file has taken the name, for example of an open file that was removed
 */
function pathOf(context: ServerContext, request: Request): string {
  const { nodes, files } = context
  const node = nodes.get(request.nodeId)
  if (!mayHaveAttributes(node)) refuse('EPERM')
  const path = files.file(node)
  const isShare = !node.parent && !node.unlinked
  if (isShare) return path
  const file = files.get(path)
  verifyIdentity(context, node, file)
  if (file.ino !== node.ino) refuse('ESTALE')
  return path
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
