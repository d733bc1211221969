import type { Attributes, Owner, Request, Validity } from './protocol/fuse'
import { entryBytes, opcode, writeEntry } from './protocol/fuse'
import type { FileHandle, FolderHandle, Handles } from './tree/handles'
import type { HostFiles } from './tree/host-files'
import { forgetAttributes } from './tree/kernel-cache'
import { refuse } from './protocol/linux'
import type { Node, NodeTable } from './tree/nodes'
import type { Message, Outbox } from './protocol/outbox'
import type { Owners } from './tree/owners'
import type { Replays } from './changes/replays'
import type { Validities } from './tree/validities'
import type { FolderWatches } from './changes/watches'

/** What the operations work on. */
export interface ServerContext {
  readonly nodes: NodeTable
  readonly files: HostFiles
  readonly handles: Handles<FileHandle>
  readonly folders: Handles<FolderHandle>
  readonly outbox: Outbox
  readonly watches: FolderWatches
  readonly validities: Validities
  readonly replays: Replays
  readonly owners: Owners
  /** Somebody in the machine has given a file to another owner than root. */
  onForeignOwner(node: Node): void
  /** The agent's helper tells that it has begun, or how a job ended. */
  onHelper(name: string): void
}

/** Answers one request, or throws what {@link errnoOf} understands. */
export type Operation = (context: ServerContext, request: Request) => void

/** Answers with what `write` puts into a payload of `bytes`. */
export function answer(
  { outbox }: ServerContext,
  request: Request,
  bytes: number,
  write: (buffer: Buffer, at: number, message: Message) => number | undefined = () => undefined,
): void {
  const message = outbox.reserve(bytes)
  outbox.answer(request, message, write(message.buffer, message.at, message) ?? bytes)
}

export function answerEmpty(context: ServerContext, request: Request): void {
  answer(context, request, 0)
}

/** Tells the kernel of a name, once more. */
export function answerEntry(
  context: ServerContext,
  request: Request,
  folder: Node,
  name: string,
  file: Attributes,
): void {
  const node = tell(context, folder, name, file)
  // A program that waits for news of a folder may ask for nothing else than the folder itself. What is only replayed
  // may interest nobody.
  if (node.isDirectory && !context.replays.isHelper(request)) context.watches.watch(node)
  const validity = context.validities.ofEntry(folder, name, file)
  const owner = ownerOf(context, request, node, file)
  answer(context, request, entryBytes, (buffer, at) => {
    writeEntry(buffer, at, node.id, validity, file, owner)
    return undefined
  })
}

/** Whom the kernel is told with the next answer that a file belongs to. */
export function ownerOf(context: ServerContext, request: Request, node: Node, file: Attributes): Owner {
  return context.owners.tell(node, file, asking(context, request))
}

/** Who asks; of the agent's helper, whom it most likely asks for. */
export function asking({ owners, replays }: ServerContext, request: Request): Owner {
  return owners.asks(replays.isHelper(request) ? undefined : request.owner)
}

/** The node of a name that the kernel is told of with the next answer. */
export function tell({ nodes, watches }: ServerContext, folder: Node, name: string, file: Attributes): Node {
  const node = nodes.at(folder, name, file)
  nodes.learn(node, file)
  watches.learn(folder, name, file)
  return node
}

/** What the kernel is told attributes by. */
const telling: ReadonlySet<number> = new Set([
  ...[opcode.LOOKUP, opcode.GETATTR, opcode.SETATTR, opcode.OPEN, opcode.OPENDIR, opcode.READDIRPLUS],
  ...[opcode.CREATE, opcode.MKDIR, opcode.MKNOD, opcode.SYMLINK, opcode.LINK],
])

/** What the kernel remembers of the way there may be shown as another's: who comes now is to find it his own. */
export function showOwner(context: ServerContext, request: Request): void {
  if (!telling.has(request.opcode) || context.replays.isHelper(request)) return
  const asks = asking(context, request)
  const node = context.nodes.find(request.nodeId)
  if (!node) return
  for (const other of context.owners.shownToOthers(node, asks)) {
    forgetAttributes(context.outbox, other)
    other.shownTo = undefined
  }
}

/** There is no such name, and that may be remembered. */
export function answerMissing(context: ServerContext, request: Request, validity: Validity): void {
  if (validity.entry === 0) refuse('ENOENT')
  answer(context, request, entryBytes, (buffer, at) => {
    writeEntry(buffer, at, 0, validity)
    return undefined
  })
}

/** @throws Refusal EROFS for a share that is not to be written to */
export function writable(node: Node): Node {
  if (!node.share.writable) refuse('EROFS')
  return node
}

/** The names in a request's body, each ended by a zero. @throws Refusal EINVAL */
export function namesIn({ files }: ServerContext, body: Buffer, count: number): string[] {
  const names: string[] = []
  let at = 0
  for (let index = 0; index < count; index++) {
    const end = body.indexOf(0, at)
    if (end === -1) refuse('EINVAL')
    names.push(files.style.decode(body.subarray(at, end)))
    at = end + 1
  }
  return names
}

/** @throws Refusal EINVAL for a body that is too short to be one */
export function need(body: Buffer, bytes: number): Buffer {
  if (body.length < bytes) refuse('EINVAL')
  return body
}
