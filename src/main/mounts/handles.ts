import { closeSync } from 'node:fs'
import { refuse } from './linux'
import type { Node } from './nodes'

/** An open file of the guest. */
export interface FileHandle {
  readonly node: Node
  /** The guest's flags of open(2). */
  readonly flags: number
  /** undefined for the agent's own, behind which nothing is open. */
  readonly fd: number | undefined
}

/** A listing under way. */
export interface FolderHandle {
  readonly node: Node
  readonly names: readonly { name: string; type: number }[]
}

/** More than a machine's kernel opens before it runs out itself; a guest that goes on is refused. */
const mostHandles = 100_000

/** Open handles, by the number the guest has for each. */
export class Handles<Handle extends { readonly node: Node }> {
  readonly #handles = new Map<number, Handle>()
  readonly #ofNode = new Map<Node, Set<Handle>>()
  #last: number

  constructor(last = 0) {
    this.#last = last
  }

  add(handle: Handle, id = ++this.#last): number {
    if (this.#handles.size >= mostHandles) refuse('ENFILE')
    this.#handles.set(id, handle)
    const others = this.#ofNode.get(handle.node)
    if (others) others.add(handle)
    else this.#ofNode.set(handle.node, new Set([handle]))
    return id
  }

  /** @throws Refusal EBADF */
  get(id: number): Handle {
    return this.#handles.get(id) ?? refuse('EBADF')
  }

  remove(id: number): Handle | undefined {
    const handle = this.#handles.get(id)
    if (!handle) return undefined
    this.#handles.delete(id)
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

export function closeAll(handles: Handles<FileHandle>): void {
  for (const [id, { fd }] of [...handles.entries()]) {
    handles.remove(id)
    if (fd !== undefined) closeSync(fd)
  }
}
