import { closeSync, readFileSync } from 'node:fs'
import { refuse } from '../protocol/linux'
import type { Node } from './node'

/** A file that the guest has open. */
export interface FileHandle {
  readonly node: Node
  /** The flags that the guest passed to open(2). */
  readonly flags: number
  /**
   * The host's file descriptor. Undefined for a lost handle, and for handles of the agent's helper, because these
   * handles have no open host file.
   */
  readonly fd: number | undefined
  /** True if Berth could not open the host file again when a suspended machine resumed. */
  readonly lost?: boolean
}

/** A folder that the guest has open, with the names of its listing. */
export interface FolderHandle {
  readonly node: Node
  readonly names: readonly { name: string; type: number }[]
  /**
   * True once the guest has read the listing from the start. If the guest starts again, it must get the folder's
   * current names.
   */
  begun?: boolean
}

/**
 * Once all open listings have this many names together, the guest can open no further folder. Each name costs about 130
 * bytes.
 */
export const maxListedNames = 1_000_000

/**
 * How many host files a guest may have open at a time. The app and its connections need open files too. Only Linux
 * offers a cheap way to read the limit of a process. The C library of Windows allows 8,192 open files.
 */
export function maxOpenFiles(platform: NodeJS.Platform): number {
  if (platform !== 'linux') return 4_000
  const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return limit === undefined ? 4_000 : Math.min(100_000, Math.floor(Number(limit) / 2))
}

export interface HandlesOptions<Handle> {
  /** Once all handles have this weight together, no handle can be added. The last handle may exceed this weight. */
  maxWeight: number
  weightOf: (handle: Handle) => number
  /** The last handle id in the snapshot that the server restores. */
  lastId?: number | undefined
}

/** The guest's open handles, by handle id. */
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

  /** @throws Refusal EBADF if the handle does not belong to the node in the guest's request */
  get(id: number, nodeId: number): Handle {
    const handle = this.#handles.get(id)
    // The server checks permissions on the node, but the operation acts on the open file. The handle must belong to the
    // node.
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

/** A handle of the node with an open host file; undefined if the node has none. */
export function openFile(
  handles: Handles<FileHandle>,
  node: Node,
): (FileHandle & { fd: number }) | undefined {
  for (const { fd, ...handle } of handles.of(node)) if (fd !== undefined) return { ...handle, fd }
  return undefined
}

/** @throws Refusal EBADF; ESTALE for a lost handle */
export function usableFile(handles: Handles<FileHandle>, id: number, nodeId: number): FileHandle {
  const handle = handles.get(id, nodeId)
  if (handle.lost) refuse('ESTALE')
  return handle
}

/** Closes the handles for which `which` returns true. */
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
