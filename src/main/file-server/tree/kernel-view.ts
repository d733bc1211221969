import { readSync } from 'node:fs'
import { isSameOwner, notify, writeNumber, type Attributes, type Owner } from '../protocol/fuse'
import type { MessageWriter } from '../protocol/message-writer'
import { isUntouched, stateOf, type FileState } from './file-attributes'

/** A file up to this size is sent to the page cache when it is opened, bytes. */
const maxContentWithOpen = 128 * 1024

/**
 * What the guest's kernel has been told about one node, and may have cached. Only this class writes that state: its
 * methods are called when something has been told, or send a notification themselves.
 */
export class KernelView {
  readonly #nodeId: number
  #lookups = 0
  #attributes: FileState | undefined
  #content: FileState | undefined
  #owner: Owner | undefined
  #lastVisitor: Owner | undefined
  #isPlaceholder = false
  #mustDropContent = false
  #isFreshEntry = false

  /** `lookups`: the count of a snapshot. */
  constructor(nodeId: number, lookups = 0) {
    this.#nodeId = nodeId
    this.#lookups = lookups
  }

  /** How many replies have named the node since the kernel forgot it (FUSE's lookup count). */
  get lookups(): number {
    return this.#lookups
  }

  /** The attributes that the kernel was told last; undefined when they are known to be wrong. */
  get attributes(): FileState | undefined {
    return this.#attributes
  }

  /** The node stands for a file that was gone before the kernel knew of it. */
  get isPlaceholder(): boolean {
    return this.#isPlaceholder
  }

  /** A reply names the node, with these attributes. */
  toldEntry(file: Attributes): void {
    this.#lookups++
    this.#isPlaceholder = false
    this.#isFreshEntry = true
    this.#attributes = stateOf(file)
  }

  /** Whether this is the first call since a reply named the node: the kernel has just looked up the name. */
  takeFreshEntry(): boolean {
    const isFresh = this.#isFreshEntry
    this.#isFreshEntry = false
    return isFresh
  }

  /** A reply names the node of a file that is gone from the host. */
  toldGoneEntry(): void {
    this.#lookups++
    this.#attributes = undefined
  }

  /** A reply has these attributes, or the guest itself has changed the file to them. */
  toldAttributes(file: Attributes): void {
    this.#attributes = stateOf(file)
  }

  /** The kernel must ask for the attributes again, or may not cache them. */
  attributesExpired(): void {
    this.#attributes = undefined
  }

  /** The kernel must ask for the attributes again, and perhaps drop the content. */
  expired(): void {
    this.#attributes = undefined
    this.#content = undefined
  }

  /** The node stands for another file. The kernel must not use the content that it has cached of the first one. */
  becameOtherFile(): void {
    this.expired()
    this.#mustDropContent = true
  }

  /** The kernel drops the content that it has cached when it gets the reply that follows. */
  droppedContent(): void {
    this.#mustDropContent = false
  }

  becamePlaceholder(): void {
    this.#isPlaceholder = true
  }

  /** The kernel forgets the node as often as this. True when it no longer holds it. */
  forgotten(count: number): boolean {
    this.#lookups = Math.max(0, this.#lookups - count)
    return this.#lookups === 0
  }

  /** True when the file is as the kernel was told. */
  hasUntouched(file: Attributes): boolean {
    return !this.#mustDropContent && this.#attributes !== undefined && isUntouched(this.#attributes, file)
  }

  /** The reply says that the file belongs to `caller`, who asked; undefined when it has another, fixed owner. */
  toldOwner(caller: Owner | undefined): void {
    this.#owner = caller
  }

  /** True when the kernel has cached a user as the owner who only asked, and `caller` is another one. */
  hasOwnerOtherThan(caller: Owner): boolean {
    return this.#owner !== undefined && !isSameOwner(this.#owner, caller)
  }

  /** Tells the kernel to ask for the owner again. */
  expireOwner(writer: MessageWriter): void {
    this.expireAttributes(writer)
    this.#owner = undefined
  }

  /** Records who looks at a folder. False when it was the same user as the last time. */
  visit(caller: Owner): boolean {
    if (this.#lastVisitor && isSameOwner(this.#lastVisitor, caller)) return false
    this.#lastVisitor = caller
    return true
  }

  /**
   * Tells the kernel, ahead of the reply that follows, to ask for the attributes again. For attributes alone the kernel
   * waits for no lock, unlike for pages.
   */
  expireAttributes(writer: MessageWriter): void {
    const message = writer.reserve(24)
    const { buffer, at } = message
    writeNumber(buffer, this.#nodeId, at)
    buffer.writeBigInt64LE(-1n, at + 8)
    buffer.writeBigInt64LE(0n, at + 16)
    writer.commit(message, 24, notify.INVAL_INODE)
  }

  /**
   * Tells the kernel the size of a file that has grown, by storing its last byte in the page cache. sendfile(2) never
   * asks for attributes, and reads up to the size that the kernel knows. A smaller size is found by reading.
   */
  storeLastByte(writer: MessageWriter, fd: number, { size }: Attributes): void {
    if (size > 0n) this.#store(writer, fd, Number(size) - 1, 1)
  }

  /**
   * Stores a small file in the kernel's page cache, ahead of the reply, which saves the kernel from reading it. Call it
   * only while nobody else has the file open: the kernel locks the pages, and a read in progress would hold them.
   */
  storeContent(writer: MessageWriter, fd: number, file: Attributes): void {
    const size = Number(file.size)
    if (size === 0 || size > maxContentWithOpen) return
    // The kernel most likely still has the content that it was given before.
    if (this.#content && isUntouched(this.#content, file)) return
    if (this.#store(writer, fd, 0, size)) this.#content = stateOf(file)
  }

  /** Returns false when the file has become shorter. */
  #store(writer: MessageWriter, fd: number, offset: number, size: number): boolean {
    const message = writer.reserve(24 + size)
    const { buffer, at } = message
    if (readSync(fd, buffer, at + 24, size, offset) !== size) return false
    writeNumber(buffer, this.#nodeId, at)
    writeNumber(buffer, offset, at + 8)
    buffer.writeUInt32LE(size, at + 16)
    buffer.writeUInt32LE(0, at + 20)
    writer.commit(message, 24 + size, notify.STORE)
    return true
  }
}
