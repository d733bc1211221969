import type { FolderWatches } from '../changes/folder-watches'
import type { InotifyReplays } from '../changes/inotify-replays'
import type { Request } from '../protocol/fuse'
import { refuse } from '../protocol/linux'
import type { MessageWriter } from '../protocol/message-writer'
import type { FileHandle, FolderHandle, Handles } from '../tree/handles'
import type { HostFiles } from '../tree/host-files'
import type { Node } from '../tree/node'
import type { NodeTable } from '../tree/node-table'
import type { Owners } from '../tree/owners'
import type { CacheTimeouts } from './cache-timeouts'
import type { SocketListeners } from './socket-listeners'

/** The objects that the operations use. */
export interface ServerContext {
  readonly nodes: NodeTable
  readonly files: HostFiles
  readonly handles: Handles<FileHandle>
  readonly folders: Handles<FolderHandle>
  readonly writer: MessageWriter
  readonly watches: FolderWatches
  readonly timeouts: CacheTimeouts
  readonly replays: InotifyReplays
  readonly owners: Owners
  readonly listeners: SocketListeners
  /** Called if a program in the machine changes a file's owner to a user other than root. */
  onForeignOwner(node: Node): void
  /**
   * Called if a process looks up an unknown name in the mount's root, or any name in the folder of the agent's
   * listener. The agent sends its reports as such names.
   */
  onReport(request: Request, name: string): void
}

/**
 * Handles one request: writes the reply, postpones the request, or throws an error. {@link errnoOf} converts the error
 * to the errno of the reply.
 */
export type Operation = (context: ServerContext, request: Request) => void

/** @throws Refusal EROFS for a node of a read-only share */
export function writable(node: Node): Node {
  if (!node.share.writable) refuse('EROFS')
  return node
}

/**
 * The names in a request's body. A zero byte ends each name.
 * @throws Refusal EINVAL
 */
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

/** @throws Refusal EINVAL for a body that is too short */
export function need(body: Buffer, bytes: number): Buffer {
  if (body.length < bytes) refuse('EINVAL')
  return body
}
