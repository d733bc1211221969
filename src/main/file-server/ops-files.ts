import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, readSync, writeSync } from 'node:fs'
import {
  entryBytes,
  maxTransfer,
  openFlag,
  readNumber,
  writeEntry,
  writeNumber,
  type Request,
} from './protocol/fuse'
import { openFile, usableFile } from './tree/handles'
import { orClose } from './tree/host-files'
import {
  errno,
  errnoOf,
  refuse,
  wantsExclusive,
  wantsReading,
  wantsTruncation,
  wantsWriting,
} from './protocol/linux'
import { forgetAttributes, store, tellSize } from './tree/kernel-cache'
import { isUntouched, type Node } from './tree/nodes'
import { checkIdentity } from './ops-attributes'
import {
  answer,
  answerEmpty,
  namesIn,
  need,
  ownerOf,
  tell,
  writable,
  type Operation,
  type ServerContext,
} from './server-context'

export const open: Operation = (context, request) => {
  const { nodes, files, handles, replays } = context
  const flags = need(request.body, 8).readUInt32LE(0)
  const node = nodes.get(request.nodeId)
  if (replays.touches(request, node)) {
    answerOpen(
      context,
      request,
      handles.add({ node, flags, fd: undefined }),
      openFlag.KEEP_CACHE | openFlag.NOFLUSH,
    )
    return
  }
  if (wantsWriting(flags)) writable(node)
  handles.needRoom()
  const held = node.unlinked ? openFile(handles, node) : undefined
  const fd = held ? files.openAgain(held.fd, flags) : files.open(files.file(node), flags)
  const unchanged = orClose(fd, () => beginUse(context, node, fd, flags))
  const id = handles.add({ node, flags, fd })
  answerOpen(context, request, id, (unchanged ? openFlag.KEEP_CACHE : 0) | openFlag.NOFLUSH)
}

/** True when the file's content is what the guest was told of. @throws Refusal ESTALE for another file of that name */
function beginUse(context: ServerContext, node: Node, fd: number, flags: number): boolean {
  const { files, handles, watches } = context
  let file = files.ofHandle(fd)
  checkIdentity(context, node, file)
  if (wantsTruncation(flags)) {
    ftruncateSync(fd, 0)
    file = files.ofHandle(fd)
    watches.learnNode(node, file)
  }
  // Of a file without a name nobody brings news.
  const unchanged = !node.unlinked && node.told !== undefined && isUntouched(node.told, file)
  if (unchanged && !wantsWriting(flags) && !handles.has(node)) store(context.outbox, node, fd, file)
  // Who opens a file that has just changed never sees its new content with its old size.
  if (!unchanged) {
    forgetAttributes(context.outbox, node)
    if (wantsReading(flags) && !handles.has(node)) tellSize(context.outbox, node, fd, file)
  }
  return unchanged
}

function answerOpen(context: ServerContext, request: Request, id: number, flags: number): void {
  answer(context, request, 16, (buffer, at) => {
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
  const { nodes, files, handles, validities, watches } = context
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
    return { file, node: tell(context, folder, name, file) }
  })
  const id = handles.add({ node, flags, fd })
  const validity = validities.ofEntry(folder, name, file)
  const owner = ownerOf(context, request, node, file)
  answer(context, request, entryBytes + 16, (buffer, at) => {
    writeEntry(buffer, at, node.id, validity, file, owner)
    writeOpen(buffer, at + entryBytes, id, openFlag.NOFLUSH)
    return undefined
  })
}

/** The kernel asks to create what it believes is not there; the host may have made it meanwhile. */
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
  answer(context, request, size, (buffer, at) => {
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
  answer(context, request, 8, (buffer, at) => {
    buffer.writeUInt32LE(size, at)
    buffer.writeUInt32LE(0, at + 4)
    return undefined
  })
}

export const release: Operation = (context, request) => {
  const id = readNumber(need(request.body, 8), 0)
  const { fd } = context.handles.get(id, request.nodeId)
  context.handles.remove(id)
  if (fd !== undefined) closeSync(fd)
  answerEmpty(context, request)
}

export const sync: Operation = (context, request) => {
  const body = need(request.body, 12)
  const { fd } = usableFile(context.handles, readNumber(body, 0), request.nodeId)
  if (fd !== undefined) {
    if (body.readUInt32LE(8) & 1) fdatasyncSync(fd)
    else fsyncSync(fd)
  }
  answerEmpty(context, request)
}
