import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, readSync, writeSync, futimesSync } from 'node:fs'
import {
  attrBytes,
  entryBytes,
  maxTransfer,
  openFlag,
  readNumber,
  root,
  rootId,
  setattrFlag,
  writeAttributes,
  writeEntry,
  writeNumber,
  type Attributes,
  type Owner,
  type Request,
} from './fuse'
import { openFile, usableFile } from './handles'
import { orClose } from './host-files'
import {
  errno,
  errnoOf,
  fileType,
  refuse,
  wantsExclusive,
  wantsReading,
  wantsTruncation,
  wantsWriting,
} from './linux'
import { forgetAttributes, store, tellSize } from './kernel-cache'
import { isRegular, isUntouched, stateOf, type Node } from './nodes'
import { rootAttributes } from './root-folder'
import {
  answer,
  answerEmpty,
  asking,
  namesIn,
  need,
  ownerOf,
  tell,
  writable,
  type Operation,
  type ServerContext,
} from './server-context'

export const getAttributes: Operation = (context, request) => {
  const { nodes, validities, watches } = context
  if (request.nodeId === rootId) {
    answerAttributes(context, request, rootAttributes, root, 0)
    return
  }
  const node = nodes.get(request.nodeId)
  const file = attributes(context, node)
  node.told = stateOf(file)
  watches.learnNode(node, file)
  answerAttributes(
    context,
    request,
    file,
    ownerOf(context, request, node, file),
    validities.ofNode(node, file),
  )
}

/** Of an open file by its handle: it may have no name any more. */
function attributes(context: ServerContext, node: Node): Attributes {
  const { files, handles } = context
  const handle = openFile(handles, node)
  if (handle) return files.ofHandle(handle.fd)
  if (!node.parent && !node.unlinked) return files.find(node.share.path) ?? rootAttributes
  const file = files.get(files.file(node))
  checkIdentity(context, node, file)
  return file
}

/**
 * Another file has taken the name: the kernel asks for it anew. What it cannot ask for, since a container has mounted
 * the file itself, it tries once more, and gets what is there now.
 * @throws Refusal ESTALE
 */
function checkIdentity({ nodes }: ServerContext, node: Node, file: Attributes): void {
  if (
    node.unlinked ? isRegular(file.mode) : file.ino === node.ino && (file.mode & fileType.mask) === node.type
  )
    return
  if (node.parent && !node.isDirectory) nodes.detach(node.parent, node.name)
  refuse('ESTALE')
}

function answerAttributes(
  context: ServerContext,
  request: Request,
  file: Attributes,
  owner: Owner,
  seconds: number,
): void {
  answer(context, request, 16 + attrBytes, (buffer, at) => {
    writeNumber(buffer, seconds, at)
    buffer.fill(0, at + 8, at + 16)
    writeAttributes(buffer, at + 16, file, owner)
    return undefined
  })
}

export const setAttributes: Operation = (context, request) => {
  const { nodes, files, handles, validities, watches, replays } = context
  const body = need(request.body, 88)
  const valid = body.readUInt32LE(0)
  const node = nodes.get(request.nodeId)
  if (!replays.touches(request, node)) {
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
    if (valid & (setattrFlag.ATIME | setattrFlag.MTIME)) changeTimes(context, fd, path, body, valid)
  }
  const file = attributes(context, node)
  node.told = stateOf(file)
  watches.learnNode(node, file)
  answerAttributes(
    context,
    request,
    file,
    ownerOf(context, request, node, file),
    validities.ofNode(node, file),
  )
}

/** Only root gives a file away. Nothing of it happens on the host. @throws Refusal EPERM */
function changeOwner(context: ServerContext, request: Request, node: Node): void {
  const body = need(request.body, 88)
  const valid = body.readUInt32LE(0)
  const asks = asking(context, request)
  const file = attributes(context, node)
  const before = context.owners.of(file, asks)
  const uid = valid & setattrFlag.UID ? body.readUInt32LE(76) : before.uid
  const gid = valid & setattrFlag.GID ? body.readUInt32LE(80) : before.gid
  if (uid === before.uid && gid === before.gid) return
  if (asks.uid !== 0 && uid !== before.uid) refuse('EPERM')
  context.owners.give(file, { uid, gid })
  if (uid !== 0) context.onForeignOwner(node)
}

function changeTimes(
  { files }: ServerContext,
  fd: number | undefined,
  path: string,
  body: Buffer,
  valid: number,
): void {
  const current = fd === undefined ? files.get(path) : files.ofHandle(fd)
  const time = (wanted: number, now: number, seconds: number, nanoseconds: number, unchanged: bigint) => {
    if (valid & now) return Date.now() / 1000
    if (valid & wanted) return Number(body.readBigInt64LE(seconds)) + body.readUInt32LE(nanoseconds) / 1e9
    return Number(unchanged) / 1e9
  }
  const atime = time(setattrFlag.ATIME, setattrFlag.ATIME_NOW, 32, 56, current.atimeNs)
  const mtime = time(setattrFlag.MTIME, setattrFlag.MTIME_NOW, 40, 60, current.mtimeNs)
  if (fd !== undefined) futimesSync(fd, hostTime(atime), hostTime(mtime))
  else files.changeTimes(path, hostTime(atime), hostTime(mtime))
}

/** node:fs takes a number below zero, which is before 1970, for now; not so a text. */
function hostTime(seconds: number): number | string {
  return seconds < 0 ? String(seconds) : seconds
}

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
