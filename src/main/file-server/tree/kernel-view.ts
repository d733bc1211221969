import { readSync } from 'node:fs'
import { isSameOwner, notify, toAgent, writeNumber, type Attributes, type Owner } from '../protocol/fuse'
import type { MessageWriter } from '../protocol/message-writer'
import { isUntouched, stateOf, type FileState } from './file-attributes'

/** The largest file whose content the server stores in the kernel's page cache when the guest opens the file, bytes. */
const maxContentWithOpen = 128 * 1024
/** When the guest makes a folder, the host's watch reports the new folder within this time, milliseconds. */
const newFolderMs = 1_000

/**
 * The state of one node that the server last reported to the guest's kernel. The kernel may have cached this state.
 * Only this class changes the record. Some methods record a report that the caller makes. Other methods send a
 * notification to the kernel themselves.
 */
export class KernelView {
  readonly #nodeId: number
  #lookups = 0
  #attributes: FileState | undefined
  #content: FileState | undefined
  #owner: Owner | undefined
  #lastUser: Owner | undefined
  #isPlaceholder = false
  #mustDropContent = false
  #isFreshEntry = false
  /** The time at which the guest created the folder, milliseconds of the monotonic clock. */
  #newFolderAt: number | undefined

  /** `lookups`: the lookup count from a snapshot. */
  constructor(nodeId: number, lookups = 0) {
    this.#nodeId = nodeId
    this.#lookups = lookups
  }

  /** FUSE's lookup count: the number of replies that have named the node since the kernel last forgot the node. */
  get lookups(): number {
    return this.#lookups
  }

  /**
   * The attributes that the server last reported to the kernel. Undefined if the kernel must ask for the attributes
   * again.
   */
  get attributes(): FileState | undefined {
    return this.#attributes
  }

  /** True if the node represents a file that was deleted or renamed before the kernel first looked it up. */
  get isPlaceholder(): boolean {
    return this.#isPlaceholder
  }

  /** Records that a reply names the node and contains these attributes. */
  toldEntry(file: Attributes): void {
    this.#lookups++
    this.#isPlaceholder = false
    this.#isFreshEntry = true
    this.#attributes = stateOf(file)
  }

  /**
   * Returns true on the first call after a reply named the node. In this case, the kernel has just looked up the name.
   */
  takeFreshEntry(): boolean {
    const isFresh = this.#isFreshEntry
    this.#isFreshEntry = false
    return isFresh
  }

  /** Records that a reply names the node although its file no longer exists on the host. */
  toldGoneEntry(): void {
    this.#lookups++
    this.#attributes = undefined
  }

  /**
   * Tells the agent that the guest has created this folder, and that the folder is empty. For a while, the agent then
   * replies to lookups of names that do not exist in the folder. Call this method before the reply that names the
   * folder.
   */
  toldNewFolder(writer: MessageWriter): void {
    this.#newFolderAt = performance.now()
    writer.control(toAgent.NEW_FOLDER, this.#nodeId)
  }

  /** True if the guest created the folder a moment ago. */
  get isNewFolder(): boolean {
    return this.#newFolderAt !== undefined && performance.now() - this.#newFolderAt < newFolderMs
  }

  /**
   * Makes the agent stop replying itself to lookups in the folder. Call this method if the host has changed the folder,
   * or if the folder is no longer watched.
   */
  revokeNewFolder(writer: MessageWriter): void {
    if (this.#newFolderAt === undefined) return
    this.#newFolderAt = undefined
    writer.control(toAgent.FOLDER_CHANGED, this.#nodeId)
  }

  /**
   * Records that a reply contains these attributes, or that the guest itself has changed the file to these attributes.
   */
  toldAttributes(file: Attributes): void {
    this.#attributes = stateOf(file)
  }

  /** Records that the kernel must ask for the attributes again, or may not cache them. */
  attributesExpired(): void {
    this.#attributes = undefined
  }

  /** Records that the kernel must ask for the attributes again, and may also have to drop the cached content. */
  expired(): void {
    this.#attributes = undefined
    this.#content = undefined
  }

  /**
   * Records that the node now represents another file. The kernel must not use the cached content of the earlier file.
   */
  becameOtherFile(): void {
    this.expired()
    this.#mustDropContent = true
  }

  /** Records that the kernel drops the cached content when it receives the next reply. */
  droppedContent(): void {
    this.#mustDropContent = false
  }

  becamePlaceholder(): void {
    this.#isPlaceholder = true
  }

  /** Records that the kernel has forgotten `count` lookups. Returns true if the kernel no longer holds the node. */
  forgotten(count: number): boolean {
    this.#lookups = Math.max(0, this.#lookups - count)
    return this.#lookups === 0
  }

  /** True if the file has not changed since the server last reported its attributes to the kernel. */
  hasUntouched(file: Attributes): boolean {
    return !this.#mustDropContent && this.#attributes !== undefined && isUntouched(this.#attributes, file)
  }

  /**
   * Records the owner in a reply. `caller` is the user who sent the request. It is undefined if a program has changed
   * the file's owner, because all users then see the same owner.
   */
  toldOwner(caller: Owner | undefined): void {
    this.#owner = caller
  }

  /** True if the kernel has cached an earlier caller as the file's owner, and `caller` is another user. */
  hasOwnerOtherThan(caller: Owner): boolean {
    return this.#owner !== undefined && !isSameOwner(this.#owner, caller)
  }

  /** Makes the kernel ask for the owner again. */
  expireOwner(writer: MessageWriter): void {
    this.expireAttributes(writer)
    this.#owner = undefined
  }

  /** Records the user who looks at a folder. Returns false if this user was also the last one to look at the folder. */
  recordUser(caller: Owner): boolean {
    if (this.#lastUser && isSameOwner(this.#lastUser, caller)) return false
    this.#lastUser = caller
    return true
  }

  /**
   * Makes the kernel ask for the attributes again. The kernel receives this notification before the next reply, without
   * a job of the helper. This is safe, because the kernel waits for no lock when it expires attributes. When it drops
   * pages, it waits for locks.
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
   * Reports the size of a file that has grown, by storing the file's last byte in the kernel's page cache. sendfile(2)
   * never asks for attributes, and reads up to the size that the kernel knows. If the file has become shorter, the
   * kernel notices the new size when it reads.
   */
  storeLastByte(writer: MessageWriter, fd: number, { size }: Attributes): void {
    if (size > 0n) this.#store(writer, fd, Number(size) - 1, 1)
  }

  /**
   * Stores a small file in the kernel's page cache before the reply, so that the kernel does not have to read the file.
   * Call this method only while no other handle has the file open. The kernel locks the pages to store them, and a read
   * in progress would hold these locks.
   */
  storeContent(writer: MessageWriter, fd: number, file: Attributes): void {
    const size = Number(file.size)
    if (size === 0 || size > maxContentWithOpen) return
    // The kernel most likely still has the content that was stored earlier.
    if (this.#content && isUntouched(this.#content, file)) return
    if (this.#store(writer, fd, 0, size)) this.#content = stateOf(file)
  }

  /** Stores a part of the file in the kernel's page cache. Returns false if the file has become shorter. */
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
