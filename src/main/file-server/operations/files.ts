import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, readSync, writeSync } from 'node:fs'
import {
  entryBytes,
  maxTransfer,
  openFlag,
  readNumber,
  writeEntry,
  writeNumber,
  type Request,
} from '../protocol/fuse'
import {
  errno,
  errnoOf,
  refuse,
  wantsExclusive,
  wantsReading,
  wantsTruncation,
  wantsWriting,
} from '../protocol/linux'
import { openFile, usableFile } from '../tree/handles'
import { orClose } from '../tree/host-files'
import type { Node } from '../tree/node'
import { verifyIdentity } from './attributes'
import { namesIn, need, writable, type Operation, type ServerContext } from './context'
import { helperTouches } from './helper-requests'
import { madeNode, reply, replyEmpty, reportedOwner } from './replies'

export const open: Operation = (context, request) => {
  const { nodes, files, handles } = context
  const flags = need(request.body, 8).readUInt32LE(0)
  const node = nodes.get(request.nodeId)
  if (helperTouches(context, request, node)) {
    const id = handles.add({ node, flags, fd: undefined })
    replyOpen(context, request, id, openFlag.KEEP_CACHE | openFlag.NOFLUSH)
    return
  }
  if (wantsWriting(flags)) writable(node)
  handles.needRoom()
  const held = node.unlinked ? openFile(handles, node) : undefined
  const fd = held ? files.openAgain(held.fd, flags) : files.open(files.file(node), flags)
  const unchanged = orClose(fd, () => refreshCache(context, node, fd, flags))
  const id = handles.add({ node, flags, fd })
  replyOpen(context, request, id, (unchanged ? openFlag.KEEP_CACHE : 0) | openFlag.NOFLUSH)
}

/**
 * Truncates the file if `flags` ask for it. Updates the kernel's cache before the reply. Returns true if the cached
 * content is still valid.
 * @throws Refusal ESTALE, see {@link verifyIdentity}
 */
function refreshCache(context: ServerContext, node: Node, fd: number, flags: number): boolean {
  const { files, handles, watches, writer } = context
  let file = files.ofHandle(fd)
  verifyIdentity(context, node, file)
  if (wantsTruncation(flags)) {
    ftruncateSync(fd, 0)
    file = files.ofHandle(fd)
    watches.recordNode(node, file)
  }
  // Berth does not notice changes of a file without a name, so the kernel must not keep the cached content.
  const unchanged = !node.unlinked && node.kernel.hasUntouched(file)
  if (unchanged && !wantsWriting(flags) && !handles.has(node)) node.kernel.storeContent(writer, fd, file)
  // If a file has just changed, a program must never read it with its old size.
  if (!unchanged) {
    node.kernel.droppedContent()
    node.kernel.expireAttributes(writer)
    if (wantsReading(flags) && !handles.has(node)) node.kernel.storeLastByte(writer, fd, file)
  }
  return unchanged
}

function replyOpen(context: ServerContext, request: Request, id: number, flags: number): void {
  reply(context, request, 16, (buffer, at) => {
    writeOpen(buffer, at, id, flags)
    return undefined
  })
}

function writeOpen(buffer: Buffer, at: number, id: number, flags: number): void {
  writeNumber(buffer, id, at)
  buffer.writeUInt32LE(flags, at + 8)
  buffer.writeUInt32LE(0, at + 12)
}

export const create: Operation = (context, request) => {
  const { nodes, files, handles, timeouts, watches } = context
  const body = need(request.body, 16)
  const flags = body.readUInt32LE(0)
  const mode = body.readUInt32LE(4)
  const [name = ''] = namesIn(context, body.subarray(16), 1)
  const folder = writable(nodes.get(request.nodeId))
  handles.needRoom()
  const path = files.entry(folder, name)
  watches.watch(folder)
  const fd = openOrCreate(context, path, flags, mode)
  const { file, node } = orClose(fd, () => {
    const file = files.ofHandle(fd)
    return { file, node: madeNode(context, folder, name, file) }
  })
  const id = handles.add({ node, flags, fd })
  const timeout = timeouts.ofEntry(folder, name, file)
  const owner = reportedOwner(context, request, node, file)
  reply(context, request, entryBytes + 16, (buffer, at) => {
    writeEntry(buffer, at, node.id, timeout, file, owner)
    writeOpen(buffer, at + entryBytes, id, openFlag.NOFLUSH)
    return undefined
  })
}

/**
 * Creates a file, or opens an existing one. The kernel believes that the file does not exist, but the host may have
 * created it since.
 */
function openOrCreate({ files }: ServerContext, path: string, flags: number, mode: number): number {
  try {
    return files.create(path, flags, mode)
  } catch (error) {
    if (errnoOf(error) !== errno.EEXIST || wantsExclusive(flags)) throw error
    const fd = files.open(path, flags)
    return orClose(fd, () => {
      if (wantsTruncation(flags)) ftruncateSync(fd, 0)
      return fd
    })
  }
}

export const read: Operation = (context, request) => {
  const body = need(request.body, 20)
  const { fd } = usableFile(context.handles, readNumber(body, 0), request.nodeId)
  const offset = readNumber(body, 8)
  const size = Math.min(body.readUInt32LE(16), maxTransfer)
  reply(context, request, size, (buffer, at) => {
    let done = 0
    while (done < size) {
      const count = fd === undefined ? 0 : readSync(fd, buffer, at + done, size - done, offset + done)
      if (count === 0) break
      done += count
    }
    return done
  })
}

export const write: Operation = (context, request) => {
  const body = need(request.body, 40)
  const handle = usableFile(context.handles, readNumber(body, 0), request.nodeId)
  const offset = readNumber(body, 8)
  const size = body.readUInt32LE(16)
  const data = need(body.subarray(40), size)
  const { fd, node } = handle
  writable(node)
  if (fd === undefined || !wantsWriting(handle.flags)) refuse('EBADF')
  context.watches.beforeWrite(node, fd)
  let done = 0
  while (done < size) done += writeSync(fd, data, done, size - done, offset + done)
  context.watches.afterWrite(node, fd)
  reply(context, request, 8, (buffer, at) => {
    buffer.writeUInt32LE(size, at)
    buffer.writeUInt32LE(0, at + 4)
    return undefined
  })
}

/** Reserves space or makes a hole, if the host's file system can do so. */
export const allocate: Operation = (context, request) => {
  const body = need(request.body, 28)
  const handle = usableFile(context.handles, readNumber(body, 0), request.nodeId)
  const { fd, node } = handle
  writable(node)
  if (fd === undefined || !wantsWriting(handle.flags)) refuse('EBADF')
  context.watches.beforeWrite(node, fd)
  context.files.allocate(fd, body.readUInt32LE(24), readNumber(body, 8), readNumber(body, 16))
  context.watches.afterWrite(node, fd)
  replyEmpty(context, request)
}

export const release: Operation = (context, request) => {
  const id = readNumber(need(request.body, 8), 0)
  const { fd } = context.handles.get(id, request.nodeId)
  context.handles.remove(id)
  if (fd !== undefined) closeSync(fd)
  if (!request.isAnswered) replyEmpty(context, request)
}

export const sync: Operation = (context, request) => {
  const body = need(request.body, 12)
  const { fd } = usableFile(context.handles, readNumber(body, 0), request.nodeId)
  if (fd !== undefined) {
    if (body.readUInt32LE(8) & 1) fdatasyncSync(fd)
    else fsyncSync(fd)
  }
  replyEmpty(context, request)
}
