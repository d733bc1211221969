import {
  entryBytes,
  opcode,
  readNumber,
  renameFlag,
  rootId,
  writeEntry,
  type Attributes,
  type Request,
} from './protocol/fuse'
import { fileType, refuse } from './protocol/linux'
import type { Node } from './tree/nodes'
import {
  answer,
  answerEmpty,
  answerEntry,
  answerMissing,
  namesIn,
  need,
  ownerOf,
  writable,
  type Operation,
  type ServerContext,
} from './server-context'
import { rootAttributes } from './tree/root-folder'

export const lookup: Operation = (context, request) => {
  const [name = ''] = namesIn(context, request.body, 1)
  if (request.nodeId === rootId) {
    lookupInRoot(context, request, name)
    return
  }
  const folder = context.nodes.get(request.nodeId)
  if (context.replays.lookup(context, request, folder, name)) return
  const path = context.files.entry(folder, name)
  const watched = context.watches.watch(folder)
  const file = context.files.find(path)
  if (file) {
    context.watches.checkSpelling(folder, name)
    answerEntry(context, request, folder, name, file)
  } else answerMissing(context, request, context.validities.ofMissing(folder, name, watched))
}

/** The folders that are shared, and what the agent's helper has to tell. */
function lookupInRoot(context: ServerContext, request: Request, name: string): void {
  const node = context.nodes.share(name)
  if (!node) {
    if (context.replays.isHelper(request)) context.onHelper(name)
    refuse('ENOENT')
  }
  const file = shareAttributes(context, node)
  node.told = undefined
  const owner = ownerOf(context, request, node, file)
  answer(context, request, entryBytes, (buffer, at) => {
    writeEntry(buffer, at, node.id, { entry: 0, attributes: 0 }, file, owner)
    return undefined
  })
}

/** A shared folder that is not there at the moment is an empty one. */
function shareAttributes({ files }: ServerContext, node: Node): Attributes {
  const file = files.find(node.share.path)
  return file && (file.mode & fileType.mask) === fileType.directory ? file : rootAttributes
}

export const makeNode: Operation = (context, request) => {
  const mode = need(request.body, 16).readUInt32LE(0)
  const [name = ''] = namesIn(context, request.body.subarray(16), 1)
  make(context, request, name, (path) => {
    context.files.makeNode(path, mode & fileType.mask, mode)
  })
}

export const makeFolder: Operation = (context, request) => {
  const mode = need(request.body, 8).readUInt32LE(0)
  const [name = ''] = namesIn(context, request.body.subarray(8), 1)
  make(context, request, name, (path) => {
    context.files.makeFolder(path, mode)
  })
}

export const symlink: Operation = (context, request) => {
  const { body } = request
  const [name = ''] = namesIn(context, body, 1)
  const at = body.indexOf(0) + 1
  const end = body.indexOf(0, at)
  if (end === -1) refuse('EINVAL')
  // The body is a view of a buffer that is used again.
  const target = Buffer.from(body.subarray(at, end))
  make(context, request, name, (path) => {
    context.files.symlink(target, path)
  })
}

function make(context: ServerContext, request: Request, name: string, create: (path: string) => void): void {
  const folder = context.nodes.get(request.nodeId)
  if (context.replays.make(context, request, folder, name)) return
  writable(folder)
  const path = context.files.entry(folder, name)
  context.watches.watch(folder)
  create(path)
  answerEntry(context, request, folder, name, context.files.get(path))
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
  answerEntry(context, request, folder, name, file)
}

export const remove: Operation = (context, request) => {
  removal(context, request, (path) => {
    context.files.remove(path)
  })
}

export const removeFolder: Operation = (context, request) => {
  removal(context, request, (path) => {
    context.files.removeFolder(path)
  })
}

function removal(context: ServerContext, request: Request, act: (path: string) => void): void {
  const { nodes, files, watches, replays } = context
  const [name = ''] = namesIn(context, request.body, 1)
  const folder = nodes.get(request.nodeId)
  if (!replays.removal(context, request, folder, name)) {
    writable(folder)
    act(files.entry(folder, name))
    nodes.detach(folder, name)
    watches.forgetName(folder, name)
  }
  answerEmpty(context, request)
}

export const rename: Operation = (context, request) => {
  const { nodes, files, watches, replays } = context
  const { body } = request
  const second = request.opcode === opcode.RENAME2
  const head = second ? 16 : 8
  const flags = second ? need(body, head).readUInt32LE(8) : 0
  const [name = '', newName = ''] = namesIn(context, need(body, head).subarray(head), 2)
  const folder = nodes.get(request.nodeId)
  const newFolder = nodes.get(readNumber(body, 0))
  if (folder.share !== newFolder.share) refuse('EXDEV')
  if ((flags & ~renameFlag.NOREPLACE) !== 0) refuse('EINVAL')
  files.style.check(name)
  files.style.check(newName)
  const byHost = replays.rename(request, folder, name, newFolder, newName)
  if (!byHost) {
    writable(folder)
    const from = files.movable(folder, name)
    const to = files.entry(newFolder, newName)
    if (flags & renameFlag.NOREPLACE && files.find(to)) refuse('EEXIST')
    files.rename(from, to)
    watches.forgetName(folder, name)
    const file = files.find(to)
    if (file) watches.learn(newFolder, newName, file)
  }
  nodes.move(folder, name, newFolder, newName, byHost)
  answerEmpty(context, request)
}

export const readLink: Operation = (context, request) => {
  const { nodes, files } = context
  const target = files.readLink(files.file(nodes.get(request.nodeId)))
  answer(context, request, target.length, (buffer, at) => {
    target.copy(buffer, at)
    return undefined
  })
}
