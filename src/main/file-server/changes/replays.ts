import {
  entryBytes,
  opcode,
  replayOperation,
  writeEntry,
  type Attributes,
  type Request,
} from '../protocol/fuse'
import { openFile } from '../tree/handles'
import { fileType, refuse } from '../protocol/linux'
import { isDirectory, isRegular, type FileState, type Node } from '../tree/nodes'
import { answer, answerEntry, ownerOf, type ServerContext } from '../server-context'

/** What happened on the host and is to happen in the machine once more, for inotify's sake. */
export interface Replay {
  operation: number
  folder: Node
  name: string
  /** Of a rename. */
  to?: { folder: Node; name: string; overwritten: boolean }
  /** What was there before: a removal or a rename begins with it. */
  before?: FileState | 'folder' | 'file' | undefined
}

/** Beyond so many that wait, programs in the machine are not told one by one; what they see is right all the same. */
export const mostReplays = 4_096

/** Which replay a request of the helper belongs to. It makes no others that could change anything. */
const replayOf: Readonly<Record<number, readonly number[]>> = {
  [opcode.MKNOD]: [replayOperation.CREATE],
  [opcode.MKDIR]: [replayOperation.MKDIR],
  [opcode.SYMLINK]: [replayOperation.SYMLINK],
  [opcode.UNLINK]: [replayOperation.UNLINK],
  [opcode.RMDIR]: [replayOperation.RMDIR],
  [opcode.RENAME]: [replayOperation.RENAME],
  [opcode.RENAME2]: [replayOperation.RENAME],
  [opcode.OPEN]: [replayOperation.MODIFY],
  [opcode.SETATTR]: [replayOperation.MODIFY, replayOperation.ATTRIBUTES],
}
/** What the helper has no reason to ask. */
const notTheHelpers: ReadonlySet<number> = new Set([opcode.CREATE, opcode.LINK, opcode.WRITE])

/**
 * The agent's helper does on the mount what was done on the host, and is answered from what has happened already.
 * It does one thing at a time, in the order it was asked for, also in a share that is only to be read. Nothing it asks is ever done on the host: what does not
 * belong to the replay that is under way, one that another server gave it perhaps, is refused.
 */
export class Replays {
  /** As the agent's pump says. */
  helperPid: number | undefined
  readonly #waiting = new Map<number, Replay>()
  readonly #names = new Map<Node, Map<string, number>>()

  add(seq: number, replay: Replay): void {
    this.#waiting.set(seq, replay)
  }

  /** The names that a replay is about are of interest from when it is planned until it is done. */
  announce(replay: Pick<Replay, 'folder' | 'name' | 'to'>, by: 1 | -1): void {
    for (const { folder, name } of [replay, ...(replay.to ? [replay.to] : [])]) {
      const names = this.#names.get(folder) ?? new Map<string, number>()
      const count = (names.get(name) ?? 0) + by
      if (count > 0) names.set(name, count)
      else names.delete(name)
      if (names.size > 0) this.#names.set(folder, names)
      else this.#names.delete(folder)
    }
  }

  done(seq: number): void {
    this.#waiting.delete(seq)
  }

  /** Something is still to be replayed for this name: the kernel must not remember it. */
  isPending(folder: Node, name: string): boolean {
    return (this.#names.get(folder)?.get(name) ?? 0) > 0
  }

  isHelper(request: Request): boolean {
    return request.pid === this.helperPid
  }

  /** True when the request was the helper's and has been answered. */
  lookup(context: ServerContext, request: Request, folder: Node, name: string): boolean {
    const replay = this.#current(request)
    if (!replay) return false
    const { operation, to } = replay
    const isName = replay.folder === folder && replay.name === name
    const makes: number[] = [replayOperation.CREATE, replayOperation.MKDIR, replayOperation.SYMLINK]
    if (isName && makes.includes(operation)) return refuse('ENOENT')
    const begins: number[] = [replayOperation.UNLINK, replayOperation.RMDIR, replayOperation.RENAME]
    if (isName && begins.includes(operation)) return answerBefore(context, request, replay)
    if (to?.folder === folder && to.name === name) {
      const node = to.overwritten ? folder.children.get(name) : undefined
      if (!node || node === replay.folder.children.get(replay.name)) return refuse('ENOENT')
      return answerGone(context, request, node)
    }
    return false
  }

  /** @throws Refusal EIO */
  refuseForeign(request: Request): void {
    if (this.isHelper(request) && notTheHelpers.has(request.opcode)) refuse('EIO')
  }

  /** The helper opens a file, or changes its attributes. @throws Refusal EIO when there is nothing to replay for it */
  touches(request: Request, node: Node): boolean {
    if (!this.isHelper(request)) return false
    const { folder, name } = this.#expected(request)
    if (folder.children.get(name) !== node) refuse('EIO')
    return true
  }

  /** The helper makes what the host has made: it is told of that. @throws Refusal EIO */
  make(context: ServerContext, request: Request, folder: Node, name: string): boolean {
    if (!this.isHelper(request)) return false
    const replay = this.#expected(request, folder, name)
    const path = context.files.entry(folder, name)
    const file = context.files.get(path)
    const type = file.mode & fileType.mask
    const wanted = { [replayOperation.CREATE]: 0, [replayOperation.MKDIR]: fileType.directory }[
      replay.operation
    ]
    // By now it is something else, which is told in turn.
    if (wanted === fileType.directory ? type !== wanted : type === fileType.directory) refuse('EIO')
    context.watches.watch(folder)
    answerEntry(context, request, folder, name, file)
    return true
  }

  /** @throws Refusal EIO */
  removal(context: ServerContext, request: Request, folder: Node, name: string): boolean {
    if (!this.isHelper(request)) return false
    this.#expected(request, folder, name)
    const node = folder.children.get(name)
    // The name may have been taken again meanwhile, and told of: that is another node.
    if (node && (node.ghost || !stillThere(context, folder, name, node))) context.nodes.detach(folder, name)
    return true
  }

  /** @throws Refusal EIO */
  rename(request: Request, folder: Node, name: string, newFolder: Node, newName: string): boolean {
    if (!this.isHelper(request)) return false
    const { to } = this.#expected(request, folder, name)
    if (to?.folder !== newFolder || to.name !== newName) refuse('EIO')
    return true
  }

  #expected(request: Request, folder?: Node, name?: string): Replay {
    const replay = this.#current(request)
    if (!replay || !replayOf[request.opcode]?.includes(replay.operation)) return refuse('EIO')
    if (folder && (replay.folder !== folder || replay.name !== name)) refuse('EIO')
    return replay
  }

  #current(request: Request): Replay | undefined {
    if (!this.isHelper(request)) return undefined
    const [first] = this.#waiting.values()
    return first
  }
}

function stillThere({ files }: ServerContext, folder: Node, name: string, node: Node): boolean {
  return files.find(files.entry(folder, name))?.ino === node.ino
}

/** The old node of a name that is gone from the host, or a stand-in when the guest did not know it. */
function answerBefore(context: ServerContext, request: Request, replay: Replay): true {
  const { folder, name, before, to } = replay
  const known = folder.children.get(name)
  const moved = to && context.files.find(context.files.entry(to.folder, to.name))
  if (known && (typeof before !== 'object' || before.ino === known.ino))
    return answerGone(context, request, known, moved)
  const directory = before === 'folder' || (typeof before === 'object' && isDirectory(before.mode))
  const type = directory ? fileType.directory : fileType.regular
  const file = moved ?? goneAttributes(typeof before === 'object' ? before.ino : 0n, type)
  const node = context.nodes.at(folder, name, file)
  node.ghost = true
  return answerGone(context, request, node, file)
}

function answerGone(context: ServerContext, request: Request, node: Node, found?: Attributes): true {
  const handle = openFile(context.handles, node)
  const file =
    found ??
    (handle ? context.files.ofHandle(handle.fd) : inItsPlace(context, node)) ??
    goneAttributes(node.ino, node.type)
  node.lookups++
  node.told = undefined
  answer(context, request, entryBytes, (buffer, at) => {
    const shown = { ...file, nlink: Math.max(1, file.nlink) }
    writeEntry(buffer, at, node.id, { entry: 0, attributes: 0 }, shown, ownerOf(context, request, node, file))
    return undefined
  })
  return true
}

/** What whoever has mounted a file that goes is shown next: the kernel keeps to what it is told now. */
function inItsPlace({ files }: ServerContext, node: Node): Attributes | undefined {
  const places = isRegular(node.type) ? [...node.names, ...(node.origin ? [node.origin] : [])] : []
  for (const { parent, name } of places) {
    const file = files.find(files.entry(parent, name))
    if (file && isRegular(file.mode)) return file
  }
  return undefined
}

function goneAttributes(ino: bigint, type: number): Attributes {
  const nlink = type === fileType.directory ? 2 : 1
  const times = { atimeNs: 0n, mtimeNs: 0n, ctimeNs: 0n, birthNs: 0n }
  return { ino, size: 0n, blocks: 0n, ...times, mode: type | 0o644, nlink }
}
