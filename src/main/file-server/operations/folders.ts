import { statfsSync } from 'node:fs'
import {
  entryBytes,
  opcode,
  readNumber,
  rootId,
  toAgent,
  writeEntry,
  writeNumber,
  type Request,
} from '../protocol/fuse'
import { entryType } from '../protocol/linux'
import type { FolderHandle } from '../tree/handles'
import { need, type Operation, type ServerContext } from './context'
import { reply, replyEmpty, reportedOwner, toldNode } from './replies'

const direntBytes = 24
/** FUSE_UNKNOWN_INO: a listing without attributes has no inode numbers. */
const unknownInode = 0xffff_ffff

export const openFolder: Operation = (context, request) => {
  const { nodes, files, folders, watches } = context
  const node = nodes.get(request.nodeId)
  folders.needRoom()
  const path = files.folder(node)
  watches.watch(node)
  const id = folders.add({ node, names: files.names(path) })
  reply(context, request, 16, (buffer, at) => {
    writeNumber(buffer, id, at)
    buffer.fill(0, at + 8, at + 16)
    return undefined
  })
}

/** Lists names only. */
export const readFolder: Operation = (context, request) => {
  list(context, request, (buffer, at, { type }) => {
    writeNumber(buffer, unknownInode, at)
    buffer.writeUInt32LE(type, at + 20)
    return direntBytes
  })
}

/** Lists names, each with the result of a lookup, so that the kernel does not have to look up each name. */
export const readFolderPlus: Operation = (context, request) => {
  const { files, timeouts } = context
  const handle = context.folders.get(readNumber(need(request.body, 24), 0), request.nodeId)
  const path = files.folder(handle.node)
  list(context, request, (buffer, at, { name, type }) => {
    const dots = name === '.' || name === '..'
    const file = dots ? undefined : files.find(path + files.style.separator + name)
    if (!dots && !file) return undefined
    if (file) {
      const node = toldNode(context, handle.node, name, file)
      const timeout = timeouts.ofEntry(handle.node, name, file)
      writeEntry(buffer, at, node.id, timeout, file, reportedOwner(context, request, node, file))
      buffer.writeBigUInt64LE(file.ino, at + entryBytes)
    } else {
      buffer.fill(0, at, at + entryBytes)
      writeNumber(buffer, unknownInode, at + entryBytes)
    }
    buffer.writeUInt32LE(file ? file.mode >> 12 : type, at + entryBytes + 20)
    return entryBytes + direntBytes
  })
}

type WriteEntry = (buffer: Buffer, at: number, entry: { name: string; type: number }) => number | undefined

/** Lists as many entries as fit, from the requested offset on. `write` writes the part of an entry before its name. */
function list(context: ServerContext, request: Request, write: WriteEntry): void {
  const { files } = context
  const body = need(request.body, 24)
  const handle = listing(context, request, readNumber(body, 0), readNumber(body, 8) === 0)
  const plus = request.opcode === opcode.READDIRPLUS
  const head = plus ? entryBytes + direntBytes : direntBytes
  const size = Math.min(body.readUInt32LE(16), 1 << 20)
  let end: number | undefined
  reply(context, request, size, (buffer, at) => {
    let used = 0
    for (let index = readNumber(body, 8); ; index++) {
      const entry = entryAt(handle, index)
      if (!entry) {
        if (used > 0) end = index
        break
      }
      const name = files.style.encode(entry.name)
      const bytes = (head + name.length + 7) & ~7
      if (used + bytes > size) break
      if (write(buffer, at + used, entry) === undefined) continue
      const dirent = at + used + head - direntBytes
      writeNumber(buffer, index + 1, dirent + 8)
      buffer.writeUInt32LE(name.length, dirent + 16)
      name.copy(buffer, dirent + direntBytes)
      buffer.fill(0, dirent + direntBytes + name.length, at + used + bytes)
      used += bytes
    }
    return used
  })
  // The kernel asks again until a reply is empty. The server tells the agent where the listing ends, so that the agent
  // itself sends the empty reply.
  if (end !== undefined) context.writer.control(toAgent.LISTING_END, readNumber(body, 0), end)
}

/** The listing of a handle. After rewinddir(3), the names are read again. */
function listing(
  { folders, files }: ServerContext,
  request: Request,
  id: number,
  fromStart: boolean,
): FolderHandle {
  const handle = folders.get(id, request.nodeId)
  if (!fromStart || !handle.begun) {
    handle.begun = true
    return handle
  }
  const again = { node: handle.node, names: files.names(files.folder(handle.node)), begun: true }
  folders.remove(id)
  folders.add(again, id)
  return again
}

function entryAt(handle: FolderHandle, index: number): { name: string; type: number } | undefined {
  if (index < 2) return { name: index === 0 ? '.' : '..', type: entryType.directory }
  return handle.names[index - 2]
}

export const releaseFolder: Operation = (context, request) => {
  const id = readNumber(need(request.body, 8), 0)
  context.folders.get(id, request.nodeId)
  context.folders.remove(id)
  if (!request.isAnswered) replyEmpty(context, request)
}

/** Writes a folder to the disk, so that new and renamed files survive a power failure. Databases rely on this. */
export const syncFolder: Operation = (context, request) => {
  const { node } = context.folders.get(readNumber(need(request.body, 8), 0), request.nodeId)
  // If the folder was removed, there is nothing to write.
  if (!node.unlinked) context.files.syncFolder(node)
  replyEmpty(context, request)
}

export const statfs: Operation = (context, request) => {
  const { nodes, files } = context
  const path = request.nodeId === rootId ? undefined : nodes.get(request.nodeId).share.path
  reply(context, request, 80, (buffer, at) => {
    buffer.fill(0, at, at + 80)
    buffer.writeUInt32LE(4096, at + 40)
    buffer.writeUInt32LE(255, at + 44)
    buffer.writeUInt32LE(4096, at + 48)
    if (path === undefined) return undefined
    const { blocks, bfree, bavail, files: inodes, ffree, bsize } = statfsSync(files.style.forHost(path))
    for (const [index, count] of [blocks, bfree, bavail, inodes, ffree].entries())
      writeNumber(buffer, Math.max(0, count), at + 8 * index)
    buffer.writeUInt32LE(bsize, at + 40)
    buffer.writeUInt32LE(bsize, at + 48)
    return undefined
  })
}
