import { EventEmitter, once } from 'node:events'
import { lstat, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { BerthError } from '../../shared/errors'
import type { MountsState, OwnerHint } from '../../shared/mounts'
import type { SharedFolder } from '../../shared/settings'
import type { Logger } from '../host'
import { type PeerAddress, within } from '../lib'
import type { MountsPort } from '../qemu'
import { bindSource, type BindContext } from './bind-source'
import { guestPath, pathBelow } from './host-path'
import { ShareSet } from './share-set'
import { checkFolders, openFolders, type OpenedFolder } from './shared-folders'
import { MountsThread, type StartThread } from './mounts-thread'
import { type MountsSnapshot, mountsSnapshotSchema, peerAddressSchema } from '../file-server'

/** Hints that are kept; who has more than that has understood. */
const mostHints = 50
/** How often a folder that is missing is looked for, milliseconds: no system tells of every drive that comes. */
const lookAgainMs = 2_000
/** How long that may take: a drive of the network may hang, milliseconds. */
const lookMs = 5_000
/** How long a container's start waits for the machine to mount what has come back, milliseconds. */
const mountMs = 10_000

export interface MountsOptions {
  log: Logger
  platform: NodeJS.Platform
  /** Berth's own: neither it nor what is in it is shared, though it may lie in a shared folder. */
  ownFolder: string
  /** See {@link BindContext.dockerSocket}. */
  dockerSocket?: string
  /** Starts the thread that serves files. */
  startThread?: StartThread
  lookAgainMs?: number
}

interface MountsEvents {
  change: [MountsState]
  /** The machine has mounted everything that is shared now. */
  mounted: []
  /** See {@link MountsPort.on}: the thread had to be started again. */
  moved: [PeerAddress]
}

/** The host's shared folders, served to the machine. */
export class Mounts extends EventEmitter<MountsEvents> implements MountsPort {
  readonly #log: Logger
  readonly #platform: NodeJS.Platform
  readonly #ownFolder: string
  readonly #dockerSocket: Pick<BindContext, 'dockerSocket'>
  readonly #thread: MountsThread
  readonly #sharing: ShareSet
  #status: Omit<MountsState, 'folders'> = { phase: 'off', ownerHints: [] }
  #setting: Promise<void> = Promise.resolve()
  #connected = false
  readonly #lookAgainMs: number
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #address: PeerAddress | undefined

  constructor(options: MountsOptions) {
    super()
    this.setMaxListeners(0)
    this.#log = options.log
    this.#platform = options.platform
    this.#ownFolder = options.ownFolder
    this.#dockerSocket = options.dockerSocket === undefined ? {} : { dockerSocket: options.dockerSocket }
    this.#sharing = new ShareSet(options.platform, options.ownFolder)
    this.#lookAgainMs = options.lookAgainMs ?? lookAgainMs
    this.#thread = new MountsThread({ ownFolder: options.ownFolder }, options.startThread)
    this.#thread.on('mounted', (errno) => {
      this.#onMounted(errno)
    })
    this.#thread.on('foreign-owner', (path, shareId) => {
      this.#onForeignOwner(path, shareId)
    })
    this.#thread.on('gone', () => void this.lookAgain())
    this.#thread.on('closed', (reason) => {
      this.#log.info({ reason }, 'the machine’s link for shared folders is closed')
      this.#connected = false
      if (this.#status.phase !== 'off') this.#set({ phase: 'off' })
    })
    this.#thread.on('nonsense', (reason) => {
      this.#log.error({ reason }, 'the thread that serves shared folders sent what is no message')
    })
    this.#thread.on('crash', (error) => {
      void this.#onCrash(error)
    })
  }

  get state(): MountsState {
    return { ...this.#status, folders: this.#sharing.folders }
  }

  get folders(): readonly SharedFolder[] {
    return this.#sharing.wanted
  }

  /**
   * Shares these folders, in a running machine at once. One that cannot be used says so in the state and leaves
   * the others alone. Rejects with mounts.not-absolute, mounts.network-path, mounts.system-folder,
   * mounts.nested-folder or mounts.too-many-folders, and nothing has changed then.
   */
  setFolders(folders: readonly SharedFolder[]): Promise<void> {
    checkFolders(folders, this.#platform)
    return this.#inTurn(() => this.#setFolders(folders))
  }

  /** Refuses folders that nobody should be able to choose. Rejects as `setFolders`, and with mounts.own-folder. */
  async checkFolders(folders: readonly SharedFolder[]): Promise<void> {
    checkFolders(folders, this.#platform)
    const wanted = folders.map((folder) => ({ folder, id: '' }))
    for (const opened of await openFolders(wanted, this.#platform, this.#ownFolder))
      if ('problem' in opened && opened.problem.code === 'mounts.own-folder')
        throw BerthError.fromData(opened.problem)
  }

  /**
   * Looks which folders are there: a drive may have come or gone. Resolves when the state says so, and when the
   * machine has mounted what has come.
   */
  lookAgain(): Promise<void> {
    return this.#inTurn(async () => {
      const { wanted, shares: before } = this.#sharing
      const opened = await within(
        this.#sharing.open(wanted),
        lookMs,
        () => new Error('a drive does not answer'),
      )
      if (this.#closed || !this.#sharing.isNews(opened)) return
      this.#apply(wanted, opened)
      const isNew = this.#sharing.shares.some((share) => !before.includes(share))
      if (!isNew || this.#status.phase !== 'mounted') return
      await within(once(this, 'mounted'), mountMs, () => new Error('the machine has not mounted it'))
    }).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'shared folders could not be looked at again')
    })
  }

  /** What the sources of bind mounts are looked up in, as of now. */
  async currentBindContext(): Promise<BindContext> {
    await this.lookAgain()
    return this.bindContext
  }

  get bindContext(): BindContext {
    const [platform, ownFolder] = [this.#platform, this.#ownFolder]
    const sharedFolders = this.#sharing.folders
    return { platform, homeFolder: homedir(), ownFolder, sharedFolders, ...this.#dockerSocket }
  }

  /**
   * Where a path of the host, as a user wrote it, stands in the machine.
   * Rejects with mounts.not-shared, mounts.network-path, mounts.not-absolute or mounts.source-missing.
   */
  async bindSource(written: string): Promise<string> {
    const place = bindSource(written, await this.currentBindContext())
    for (const { path, guestPath: folder } of this.#sharing.folders) {
      const below = pathBelow(place, folder, this.#platform)
      if (below === undefined) continue
      const found = await lstat(join(path, ...below.split('/'))).catch(() => undefined)
      if (!found) throw new BerthError('mounts.source-missing', { path: written })
    }
    return place
  }

  /** Where the next QEMU is to connect its port `berth.mounts` to. */
  async listen(): Promise<PeerAddress> {
    await this.#setting
    this.#thread.send({ type: 'shares', shares: [...this.#sharing.shares] })
    const address = peerAddressSchema.parse(await this.#thread.ask({ type: 'listen' }))
    this.#address = address
    this.#connected = true
    this.#set({ phase: 'starting', ownerHints: [] })
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
    this.#set({ phase: 'failed', problem })
  }

  /** Resolves when nothing is under way and the guest asks nothing, until `release`. */
  async quiesce(): Promise<void> {
    await this.#thread.ask({ type: 'quiesce' })
  }

  release(): void {
    this.#thread.send({ type: 'release' })
  }

  /** What `restore` needs, as JSON. Only while quiesced. */
  async snapshot(): Promise<MountsSnapshot> {
    return mountsSnapshotSchema.parse(await this.#thread.ask({ type: 'snapshot' }))
  }

  /** Goes on with the guest that the snapshot is of; call `release` once its machine runs. */
  async restore(snapshot: unknown): Promise<void> {
    const parsed = mountsSnapshotSchema.parse(snapshot)
    return this.#inTurn(() => this.#restore(parsed))
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#setting.then(act)
    this.#setting = done.catch(() => undefined)
    return done
  }

  async #restore(snapshot: MountsSnapshot): Promise<void> {
    // What is shared may have changed since: nothing else is opened again.
    const shares = await this.#sharing.adopt(snapshot.shares)
    await this.#thread.ask({ type: 'restore', snapshot: { ...snapshot, shares } })
    this.#set({ phase: 'mounted' })
    await this.#setFolders(this.#sharing.wanted)
  }

  /** What a suspended machine needs to go on with the folders it has mounted. */
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
    // A thread that is ended in the middle of its waiting cannot remove this.
    if (this.#address && 'path' in this.#address)
      await rm(dirname(this.#address.path), { recursive: true, force: true })
  }

  async #setFolders(folders: readonly SharedFolder[]): Promise<void> {
    this.#apply(folders, await this.#sharing.open(folders))
  }

  #apply(folders: readonly SharedFolder[], opened: readonly OpenedFolder[]): void {
    const changed = this.#sharing.take(folders, opened)
    this.#thread.send({ type: 'shares', shares: [...this.#sharing.shares] })
    for (const shareId of changed) this.#thread.send({ type: 'forget', shareId })
    this.#set({})
    this.#watchForMissing()
  }

  #watchForMissing(): void {
    clearTimeout(this.#timer)
    if (
      this.#closed ||
      !this.#sharing.folders.some(({ problem }) => problem?.code === 'mounts.folder-missing')
    )
      return
    this.#timer = setTimeout(() => {
      void this.lookAgain().then(() => {
        this.#watchForMissing()
      })
    }, this.#lookAgainMs).unref()
  }

  #onMounted(errno: number): void {
    if (errno === 0) {
      this.#set({ phase: 'mounted' })
      this.emit('mounted')
      return
    }
    const error = new BerthError('mounts.mount-failed', { reason: `errno ${errno}` })
    this.#log.error({ errno }, 'the machine could not mount the shared folders')
    this.#set({ phase: 'failed', problem: error.toData() })
  }

  #onForeignOwner(path: string, shareId: string): void {
    const { ownerHints } = this.#status
    const share = this.#sharing.shares.find(({ id }) => id === shareId)
    const place = guestPath(path, this.#platform)
    // One a folder is enough: an image changes the owner of everything in its data folder.
    if (!share || place === undefined || ownerHints.some((hint) => covers(hint.guestPath, place))) return
    this.#log.info({ path }, 'a container wants to own a file of a shared folder')
    const hint: OwnerHint = { path, guestPath: place, at: Date.now() }
    this.#set({ ownerHints: [...ownerHints, hint].slice(-mostHints) })
  }

  /** A new thread knows nothing of what the old one served: files that were open answer with an error. */
  async #onCrash(error: Error): Promise<void> {
    this.#log.error({ err: error }, 'the thread that serves shared folders ended')
    if (!this.#connected) return
    this.#set({ phase: 'starting' })
    try {
      this.emit('moved', await this.listen())
    } catch (failure) {
      this.reconnectFailed(failure)
    }
  }

  #set(change: Partial<Omit<MountsState, 'folders'>>): void {
    const { phase, ownerHints } = this.#status
    this.#status = { phase, ownerHints, ...change }
    this.emit('change', this.state)
  }
}

/** The same path, or one below it. */
function covers(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
