import { closeSync, readFileSync } from 'node:fs'
import { refuse } from '../protocol/linux'
import type { Node } from './nodes'

/** An open file of the guest. */
export interface FileHandle {
  readonly node: Node
  /** The guest's flags of open(2). */
  readonly flags: number
  /** undefined for the agent's own, behind which nothing is open. */
  readonly fd: number | undefined
  /** The file was not there any more when a suspended machine went on. */
  readonly lost?: boolean
}

/** A listing under way. */
export interface FolderHandle {
  readonly node: Node
  readonly names: readonly { name: string; type: number }[]
  /** It has been read from its beginning: whoever does that once more wants to know what is there now. */
  begun?: boolean
}

/** Names in all listings under way; each costs about 130 bytes. */
export const mostListed = 1_000_000

/**
 * Open files that a guest may have on a host: the app and its other connections want some as well. Elsewhere than on
 * Linux a limit cannot be asked for cheaply; Windows' C library allows 8,192.
 */
export function mostFiles(platform: NodeJS.Platform): number {
  if (platform !== 'linux') return 4_000
  const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return limit === undefined ? 4_000 : Math.min(100_000, Math.floor(Number(limit) / 2))
}

/** Open handles, by the number the guest has for each. */
export class Handles<Handle extends { readonly node: Node }> {
  readonly #handles = new Map<number, Handle>()
  readonly #ofNode = new Map<Node, Set<Handle>>()
  #last: number
  #weight = 0

  /** The handles may weigh `most` together, each as much as `weightOf` says. */
  constructor(
    private readonly most: number,
    private readonly weightOf: (handle: Handle) => number,
    last = 0,
  ) {
    this.#last = last
  }

  /** @throws Refusal ENFILE */
  needRoom(): void {
    if (this.#weight >= this.most) refuse('ENFILE')
  }

  /** @throws Refusal ENFILE */
  add(handle: Handle, id = ++this.#last): number {
    this.needRoom()
    this.#weight += this.weightOf(handle)
    this.#handles.set(id, handle)
    const others = this.#ofNode.get(handle.node)
    if (others) others.add(handle)
    else this.#ofNode.set(handle.node, new Set([handle]))
    return id
  }

  /** Of the node that the guest says it is of. @throws Refusal EBADF */
  get(id: number, nodeId: number): Handle {
    const handle = this.#handles.get(id)
    // What may be done is decided by the node, and is done to what is open.
    return handle?.node.id === nodeId ? handle : refuse('EBADF')
  }

  remove(id: number): Handle | undefined {
    const handle = this.#handles.get(id)
    if (!handle) return undefined
    this.#handles.delete(id)
    this.#weight -= this.weightOf(handle)
    const others = this.#ofNode.get(handle.node)
    others?.delete(handle)
    if (others?.size === 0) this.#ofNode.delete(handle.node)
    return handle
  }

  /** The open handles of a node. */
  of(node: Node): Iterable<Handle> {
    return this.#ofNode.get(node) ?? []
  }

  has(node: Node): boolean {
    return this.#ofNode.has(node)
  }

  entries(): Iterable<[number, Handle]> {
    return this.#handles
  }

  get last(): number {
    return this.#last
  }
}

/** An open handle of the node that the host's file system knows too. */
export function openFile(
  handles: Handles<FileHandle>,
  node: Node,
): (FileHandle & { fd: number }) | undefined {
  for (const { fd, ...handle } of handles.of(node)) if (fd !== undefined) return { ...handle, fd }
  return undefined
}

/** An open file that can be used. @throws Refusal EBADF; ESTALE for one that was lost */
export function usableFile(handles: Handles<FileHandle>, id: number, nodeId: number): FileHandle {
  const handle = handles.get(id, nodeId)
  if (handle.lost) refuse('ESTALE')
  return handle
}

/** Closes those that `which` chooses. */
export function closeHandles(
  handles: Handles<FileHandle>,
  which: (handle: FileHandle) => boolean = () => true,
): void {
  for (const [id, handle] of [...handles.entries()]) {
    if (!which(handle)) continue
    handles.remove(id)
    if (handle.fd !== undefined) closeSync(handle.fd)
  }
}
