import { closeSync, readFileSync } from 'node:fs'
import { refuse } from '../protocol/linux'
import type { Node } from './node'

/** An open file of the guest. */
export interface FileHandle {
  readonly node: Node
  /** The guest's flags of open(2). */
  readonly flags: number
  /** undefined for the handles of the agent's helper: no file of the host is open for them. */
  readonly fd: number | undefined
  /** The file no longer existed when a suspended machine resumed. */
  readonly lost?: boolean
}

/** An open folder: a listing in progress. */
export interface FolderHandle {
  readonly node: Node
  readonly names: readonly { name: string; type: number }[]
  /** It has been read from the start. Reading from the start again must show the names at that time. */
  begun?: boolean
}

/** Names in all listings in progress. Each costs about 130 bytes. */
export const maxListedNames = 1_000_000

/**
 * How many files a guest may have open on the host. The app and its connections need some as well. The limit can be
 * read cheaply on Linux only; the C library of Windows allows 8,192.
 */
export function maxOpenFiles(platform: NodeJS.Platform): number {
  if (platform !== 'linux') return 4_000
  const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return limit === undefined ? 4_000 : Math.min(100_000, Math.floor(Number(limit) / 2))
}

export interface HandlesOptions<Handle> {
  /** The weight that all handles may have together. */
  maxWeight: number
  weightOf: (handle: Handle) => number
  /** The last id of a snapshot. */
  lastId?: number | undefined
}

/** Open handles, by the ids that the guest has for them. */
export class Handles<Handle extends { readonly node: Node }> {
  readonly #options: HandlesOptions<Handle>
  readonly #handles = new Map<number, Handle>()
  readonly #byNode = new Map<Node, Set<Handle>>()
  #lastId: number
  #weight = 0

  constructor(options: HandlesOptions<Handle>) {
    this.#options = options
    this.#lastId = options.lastId ?? 0
  }

  /** @throws Refusal ENFILE when there is no room for another handle */
  needRoom(): void {
    if (this.#weight >= this.#options.maxWeight) refuse('ENFILE')
  }

  /** @throws Refusal ENFILE */
  add(handle: Handle, id = ++this.#lastId): number {
    this.needRoom()
    this.#weight += this.#options.weightOf(handle)
    this.#handles.set(id, handle)
    const others = this.#byNode.get(handle.node)
    if (others) others.add(handle)
    else this.#byNode.set(handle.node, new Set([handle]))
    return id
  }

  /** @throws Refusal EBADF for a handle of another node than the guest says */
  get(id: number, nodeId: number): Handle {
    const handle = this.#handles.get(id)
    // The node decides what is allowed, but the operation acts on the open file. They must belong together.
    return handle?.node.id === nodeId ? handle : refuse('EBADF')
  }

  remove(id: number): Handle | undefined {
    const handle = this.#handles.get(id)
    if (!handle) return undefined
    this.#handles.delete(id)
    this.#weight -= this.#options.weightOf(handle)
    const others = this.#byNode.get(handle.node)
    others?.delete(handle)
    if (others?.size === 0) this.#byNode.delete(handle.node)
    return handle
  }

  /** The open handles of a node. */
  of(node: Node): Iterable<Handle> {
    return this.#byNode.get(node) ?? []
  }

  has(node: Node): boolean {
    return this.#byNode.has(node)
  }

  entries(): Iterable<[number, Handle]> {
    return this.#handles
  }

  get lastId(): number {
    return this.#lastId
  }
}

/** A handle of the node for which a file of the host is open. */
export function openFile(
  handles: Handles<FileHandle>,
  node: Node,
): (FileHandle & { fd: number }) | undefined {
  for (const { fd, ...handle } of handles.of(node)) if (fd !== undefined) return { ...handle, fd }
  return undefined
}

/** @throws Refusal EBADF, ESTALE for a file that was lost */
export function usableFile(handles: Handles<FileHandle>, id: number, nodeId: number): FileHandle {
  const handle = handles.get(id, nodeId)
  if (handle.lost) refuse('ESTALE')
  return handle
}

/** Closes the handles that `which` chooses. */
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
