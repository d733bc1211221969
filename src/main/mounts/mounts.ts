import { EventEmitter, once } from 'node:events'
import { lstat, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { ContainerMount } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { MountsState, ShareOffer } from '../../shared/mounts'
import type { SharedFolder } from '../../shared/settings'
import { type MountsSnapshot, mountsSnapshotSchema, peerAddressSchema } from '../file-server'
import type { Logger } from '../host'
import { message as reasonOf, type PeerAddress, sequencer, within } from '../lib'
import type { MountsPort } from '../qemu'
import { bindSource, type BindContext } from './bind-source'
import { FileServerThread, type StartThread } from './file-server-thread'
import { type OpenedFolder, temporaryFolders, validateFolders } from './folder-rules'
import { guestPath, hostPath, pathBelow } from './guest-path'
import type { FileCopies } from './file-copies'
import { resolveLinks } from './host-links'
import { hostPlace } from './host-place'
import type { HostSockets } from './host-sockets'
import { OwnerHints } from './owner-hints'
import { carry, connectWithoutLinks } from './relayed-connection'
import { sharedFile, type SharedFile } from './shared-file'
import { SharedFolders } from './shared-folders'

/** How often Berth looks for a missing folder, milliseconds. No system reports every drive that is plugged in. */
const lookAgainMs = 2_000
/** How long the start of a container waits until the machine has mounted a folder that has returned, milliseconds. */
const mountTimeoutMs = 10_000

export interface MountsOptions {
  log: Logger
  platform: NodeJS.Platform
  /** Berth's own folder. It is never shared, even if it is inside a shared folder. */
  ownFolder: string
  /** See {@link BindContext.dockerSocket}. */
  dockerSocket?: string
  /** Returns the terminal command that shares a folder. */
  shareCommand?: (folder: string) => string
  sockets?: HostSockets
  fileCopies?: FileCopies
  /** Starts the thread that serves files. */
  startThread?: StartThread
  lookAgainMs?: number
}

interface MountsEvents {
  change: [MountsState]
  /** The machine has mounted every folder that is shared at this moment. */
  mounted: []
  /** See {@link MountsPort.on}: the thread was started again. */
  moved: [PeerAddress]
}

/** Serves the host's shared folders to the machine. */
export class Mounts extends EventEmitter<MountsEvents> implements MountsPort {
  readonly #options: MountsOptions
  readonly #thread: FileServerThread
  readonly #folders: SharedFolders
  readonly #hints = new OwnerHints()
  readonly #oneAtATime = sequencer()
  #status: Pick<MountsState, 'phase' | 'problem'> = { phase: 'off' }
  #offer: ShareOffer | undefined
  #connected = false
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #address: PeerAddress | undefined

  constructor(options: MountsOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = options
    const { log, platform, ownFolder, dockerSocket, sockets, startThread } = options
    this.#folders = new SharedFolders(platform, ownFolder)
    this.#thread = new FileServerThread(
      { ownFolders: ownFolders(platform, ownFolder, dockerSocket) },
      startThread,
    )
    sockets?.on('in-folder', (stream, node) => {
      this.#connectToSocket(stream, node).catch((error: unknown) => {
        stream.destroy()
        log.warn(
          { reason: reasonOf(error) },
          'a container’s connection to a socket in a shared folder failed',
        )
      })
    })
    this.#thread.on('mounted', (errno) => {
      this.#onMounted(errno)
    })
    this.#thread.on('foreign-owner', (path, shareId) => {
      this.#onForeignOwner(path, shareId)
    })
    this.#thread.on('gone', () => void this.lookAgain())
    this.#thread.on('closed', (reason) => {
      log.info({ reason }, 'the machine’s connection for shared folders closed')
      this.#connected = false
      if (this.#status.phase !== 'off') this.#setStatus({ phase: 'off' })
    })
    this.#thread.on('invalid-message', (reason) => {
      log.error({ reason }, 'the thread that serves shared folders sent an invalid message')
    })
    this.#thread.on('crash', (error) => {
      void this.#onCrash(error)
    })
  }

  get state(): MountsState {
    const offer = this.#offer === undefined ? {} : { offer: this.#offer }
    return { ...this.#status, ownerHints: this.#hints.list, folders: this.#folders.folders, ...offer }
  }

  get folders(): readonly SharedFolder[] {
    return this.#folders.wanted
  }

  /**
   * Shares these folders. A running machine mounts them immediately. If a folder cannot be used, the state contains its
   * problem, and all other folders still work. If this method throws, the shared folders stay as they were.
   * @throws BerthError mounts.not-absolute, mounts.network-path, mounts.system-folder, mounts.nested-folder,
   * mounts.too-many-folders
   */
  setFolders(folders: readonly SharedFolder[]): Promise<void> {
    validateFolders(folders, this.#options.platform)
    return this.#oneAtATime(() => this.#setFolders(folders))
  }

  /**
   * Refuses folders that a user must not choose.
   * @throws BerthError as `setFolders`, and mounts.own-folder
   */
  async validateFolders(folders: readonly SharedFolder[]): Promise<void> {
    validateFolders(folders, this.#options.platform)
    for (const opened of await this.#folders.open(folders))
      if ('problem' in opened && opened.problem.code === 'mounts.own-folder')
        throw BerthError.fromData(opened.problem)
  }

  /**
   * Checks which folders exist now, because a drive may have been plugged in or removed. Resolves when the state is up
   * to date, and the machine has mounted every folder that has returned. Never rejects: if a drive or the machine does
   * not answer in time, this method only logs that.
   */
  lookAgain(): Promise<void> {
    return this.#oneAtATime(async () => {
      const { wanted, shares: before } = this.#folders
      const opened = await this.#folders.open(wanted)
      if (this.#closed || !this.#folders.hasChanged(opened)) return
      this.#apply(wanted, opened)
      const isNew = this.#folders.shares.some((share) => !before.includes(share))
      if (!isNew || this.#status.phase !== 'mounted') return
      await within(
        once(this, 'mounted'),
        mountTimeoutMs,
        () => new Error('the machine has not mounted the folder'),
      )
    }).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'could not look at the shared folders again')
    })
  }

  /** Looks at the folders again, then returns the context that the function {@link bindSource} needs. */
  async currentBindContext(): Promise<BindContext> {
    await this.lookAgain()
    return this.bindContext
  }

  /** See {@link hostPlace}. */
  hostPlace(source: string): string | undefined {
    return hostPlace(source, { folders: this.#folders.folders, platform: this.#options.platform })
  }

  /**
   * Finds a file or folder of this computer in a shared folder, for Berth itself. Looks at the folders again first.
   * @throws BerthError as the function {@link sharedFile}
   */
  async sharedFile(written: string): Promise<SharedFile> {
    await this.lookAgain()
    const { platform, ownFolder } = this.#options
    return sharedFile(written, {
      platform,
      ownFolder,
      resolveLinks,
      sharedFolders: this.#folders.folders,
      onRefused: (offer) => {
        this.#refused(offer)
      },
    })
  }

  get bindContext(): BindContext {
    const { platform, ownFolder, dockerSocket, sockets, fileCopies, shareCommand } = this.#options
    return {
      platform,
      homeFolder: homedir(),
      ownFolder,
      sharedFolders: this.#folders.folders,
      resolveLinks,
      ...(dockerSocket === undefined ? {} : { dockerSocket }),
      ...(sockets === undefined ? {} : { sockets }),
      ...(fileCopies === undefined ? {} : { fileCopies }),
      ...(shareCommand === undefined ? {} : { shareCommand }),
      temporaryFolders: temporaryFolders(platform),
      onRefused: (offer) => {
        this.#refused(offer)
      },
    }
  }

  /**
   * Call this method before a container starts. It looks at the folders again, because the folder of a bind mount may
   * be on a drive that was just plugged in. It also refuses the start if a mounted socket no longer exists. `mounts`
   * returns the container's mounts.
   * @throws BerthError mounts.socket-missing; the error of `mounts`
   */
  async beforeStart(mounts: () => Promise<readonly ContainerMount[]>): Promise<void> {
    await this.lookAgain()
    await this.#options.sockets?.refuseMissing(async () => (await mounts()).map(({ source }) => source))
  }

  /**
   * Returns the path in the machine for a host path that a user has written.
   * @throws BerthError as the function {@link bindSource}, and mounts.source-missing
   */
  async bindSource(written: string): Promise<string> {
    const place = await bindSource(written, await this.currentBindContext())
    for (const { path, guestPath: folder } of this.#folders.folders) {
      const below = pathBelow(place, folder, this.#options.platform)
      if (below === undefined) continue
      const found = await lstat(join(path, ...below.split('/'))).catch(() => undefined)
      if (!found) throw new BerthError('mounts.source-missing', { path: written })
    }
    return place
  }

  /**
   * Returns the path in the machine for a host path, even if it is not shared. Returns undefined if the text is not an
   * absolute path.
   */
  guestPath(path: string): string | undefined {
    return guestPath(path, this.#options.platform)
  }

  /** Returns the host path for a path in the machine, to show it to the user. */
  hostPath(place: string): string {
    return hostPath(place, this.#options.platform)
  }

  /** Returns the address to which the next QEMU must connect its virtio port `berth.mounts`. */
  async listen(): Promise<PeerAddress> {
    // A change of the folders may be in progress.
    await this.#oneAtATime(() => Promise.resolve())
    this.#thread.send({ type: 'shares', shares: [...this.#folders.shares] })
    const address = peerAddressSchema.parse(await this.#thread.ask({ type: 'listen' }))
    this.#address = address
    this.#connected = true
    this.#hints.clear()
    this.#setStatus({ phase: 'starting' })
    return address
  }

  /** See {@link MountsPort.confirm}. */
  confirm(port: number): void {
    this.#thread.send({ type: 'confirm', port })
  }

  /** See {@link MountsPort.reconnectFailed}. */
  reconnectFailed(error: unknown): void {
    const { message } = BerthError.from(error)
    const problem = new BerthError('mounts.mount-failed', { reason: message }).toData()
    this.#setStatus({ phase: 'failed', problem })
  }

  /** Resolves when no request is in progress. The guest sends no further requests until `release` is called. */
  async quiesce(): Promise<void> {
    await this.#thread.ask({ type: 'quiesce' })
  }

  release(): void {
    this.#thread.send({ type: 'release' })
  }

  /** Returns the state that `restore` needs, as JSON. Call this method only while the guest is quiesced. */
  async snapshot(): Promise<MountsSnapshot> {
    return mountsSnapshotSchema.parse(await this.#thread.ask({ type: 'snapshot' }))
  }

  /** Continues with the guest of the snapshot. The guest sends no requests until `release` is called. */
  async restore(snapshot: unknown): Promise<void> {
    const parsed = mountsSnapshotSchema.parse(snapshot)
    return this.#oneAtATime(() => this.#restore(parsed))
  }

  async #restore(snapshot: MountsSnapshot): Promise<void> {
    // The shared folders may have changed since the snapshot. Open files in folders that are no longer shared are not
    // opened again.
    const shares = await this.#folders.adopt(snapshot.shares)
    await this.#thread.ask({ type: 'restore', snapshot: { ...snapshot, shares } })
    this.#setStatus({ phase: 'mounted' })
    await this.#setFolders(this.#folders.wanted)
  }

  /** The steps before and after a suspension. They keep the mounted folders usable when the machine resumes. */
  get suspendParticipant() {
    return {
      name: 'mounts',
      prepare: async () => {
        await this.quiesce()
        return this.snapshot()
      },
      resume: async (state: unknown) => {
        await this.restore(state)
        this.release()
      },
      abandon: () => {
        this.release()
        return Promise.resolve()
      },
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#thread.close()
    // A thread that is terminated while it listens cannot remove its socket's folder.
    if (this.#address && 'path' in this.#address)
      await rm(dirname(this.#address.path), { recursive: true, force: true })
  }

  async #setFolders(folders: readonly SharedFolder[]): Promise<void> {
    this.#apply(folders, await this.#folders.open(folders))
  }

  #apply(folders: readonly SharedFolder[], opened: readonly OpenedFolder[]): void {
    if (!isDeepStrictEqual(folders, this.#folders.wanted)) this.#offer = undefined
    const changed = this.#folders.replace(folders, opened)
    this.#thread.send({ type: 'shares', shares: [...this.#folders.shares] })
    for (const shareId of changed) this.#thread.send({ type: 'forget', shareId })
    this.#setStatus({})
    this.#watchForMissing()
  }

  #watchForMissing(): void {
    clearTimeout(this.#timer)
    if (
      this.#closed ||
      !this.#folders.folders.some(({ problem }) => problem?.code === 'mounts.folder-missing')
    )
      return
    this.#timer = setTimeout(() => {
      void this.lookAgain().then(() => {
        this.#watchForMissing()
      })
    }, this.#options.lookAgainMs ?? lookAgainMs).unref()
  }

  #onMounted(errno: number): void {
    if (errno === 0) {
      this.#setStatus({ phase: 'mounted' })
      this.emit('mounted')
      return
    }
    const error = new BerthError('mounts.mount-failed', { reason: `errno ${errno}` })
    this.#options.log.error({ errno }, 'the machine could not mount the shared folders')
    this.#setStatus({ phase: 'failed', problem: error.toData() })
  }

  #onForeignOwner(path: string, shareId: string): void {
    const share = this.#folders.shares.find(({ id }) => id === shareId)
    const place = guestPath(path, this.#options.platform)
    if (!share || place === undefined || !this.#hints.add(path, place)) return
    this.#options.log.info({ path }, 'a container changed the owner of a file in a shared folder')
    this.#setStatus({})
  }

  /**
   * Handles a crash of the thread. A new thread does not know the files that the guest had open, so using them fails
   * with an error.
   */
  async #onCrash(error: Error): Promise<void> {
    this.#options.log.error({ err: error }, 'the thread that serves shared folders ended')
    if (!this.#connected) return
    this.#setStatus({ phase: 'starting' })
    try {
      this.emit('moved', await this.listen())
    } catch (failure) {
      this.reconnectFailed(failure)
    }
  }

  /** @throws Error if the node is no socket (any more), or cannot be connected to */
  async #connectToSocket(stream: Duplex, node: number): Promise<void> {
    const path = z
      .string()
      .optional()
      .parse(await this.#thread.ask({ type: 'socket', node }))
    if (path === undefined) throw new Error('the socket no longer exists')
    await carry(stream, await connectWithoutLinks(path, this.#options.platform))
  }

  #refused(offer: ShareOffer): void {
    this.#offer = offer
    this.#setStatus({})
  }

  #setStatus(change: Partial<Pick<MountsState, 'phase' | 'problem'>>): void {
    this.#status = { phase: this.#status.phase, ...change }
    this.emit('change', this.state)
  }
}

/** The folders that no machine may see. On macOS, the docker socket is in a folder of its own. */
function ownFolders(platform: NodeJS.Platform, home: string, dockerSocket?: string): string[] {
  return dockerSocket === undefined || platform === 'win32' ? [home] : [home, dirname(dockerSocket)]
}
