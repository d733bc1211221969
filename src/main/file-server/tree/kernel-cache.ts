import { readSync } from 'node:fs'
import { notify, writeNumber, type Attributes } from '../protocol/fuse'
import { isUntouched, stateOf, type Node } from './nodes'
import type { Outbox } from '../protocol/outbox'

/** A file up to this size is sent along with the answer to its opening, bytes. */
const sentWithOpen = 128 * 1024

/**
 * Has the kernel ask for them, ahead of the answer that follows. Attributes alone are forgotten without waiting for a
 * lock, unlike pages.
 */
export function forgetAttributes(outbox: Outbox, node: Node): void {
  const message = outbox.reserve(24)
  const { buffer, at } = message
  writeNumber(buffer, node.id, at)
  buffer.writeBigInt64LE(-1n, at + 8)
  buffer.writeBigInt64LE(0n, at + 16)
  outbox.put(message, 24, notify.INVAL_INODE)
}

/**
 * sendfile(2) asks for no attributes: it reads up to the size that the kernel knows. A byte that is put into its cache
 * makes it know of more; that there is less, it finds by reading.
 */
export function tellSize(outbox: Outbox, node: Node, fd: number, { size }: Attributes): void {
  if (size > 0n) putIntoCache(outbox, node, fd, Number(size) - 1, 1)
}

/** Returns false when the file is not as long any more. */
function putIntoCache(outbox: Outbox, node: Node, fd: number, offset: number, size: number): boolean {
  const message = outbox.reserve(24 + size)
  const { buffer, at } = message
  if (readSync(fd, buffer, at + 24, size, offset) !== size) return false
  writeNumber(buffer, node.id, at)
  writeNumber(buffer, offset, at + 8)
  buffer.writeUInt32LE(size, at + 16)
  buffer.writeUInt32LE(0, at + 20)
  outbox.put(message, 24 + size, notify.STORE)
  return true
}

/**
 * Puts a small file into the guest's page cache ahead of the answer, which saves the reading. Only while nobody else
 * has the file open: the kernel takes its pages' locks for it, and a read under way would hold them.
 */
export function store(outbox: Outbox, node: Node, fd: number, file: Attributes): void {
  const size = Number(file.size)
  // What it was given before, it most likely still has.
  if (size === 0 || size > sentWithOpen || (node.stored && isUntouched(node.stored, file))) return
  if (putIntoCache(outbox, node, fd, 0, size)) node.stored = stateOf(file)
}
