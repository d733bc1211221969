import { randomInt } from 'node:crypto'
import { controlOpcode, jobType, notify, outHeaderBytes, toAgent, writeNumber } from '../protocol/fuse'
import { errno } from '../protocol/linux'
import type { MessageWriter } from '../protocol/message-writer'
import { maxReplays, type InotifyReplays, type Replay } from './inotify-replays'
import type { PendingNames } from './pending-names'

/**
 * How many jobs the helper may have at a time. The jobs wait in a socket of the agent, and this socket must never be
 * full.
 */
const maxSent = 64
/** Notifications are combined into one job of at most this many bytes. */
const maxNotificationBytes = 16 * 1024
/** FUSE_EXPIRE_ONLY */
const expireOnly = 1

export interface HelperJobsOptions {
  writer: MessageWriter
  replays: InotifyReplays
  pendingNames: PendingNames
  /**
   * Returns the two paths of a replay below the root of the mount. Throws if the replay's folder has no path any more.
   */
  pathsOf: (replay: Replay) => readonly [Buffer, Buffer]
}

interface Job {
  type: number
  data: Buffer
  replay?: Replay
  /** The notifications in `data`, as keys of `#queued`. */
  notifications?: string[]
  done?: (code: number) => void
}

/**
 * Jobs for the agent's helper, which does one job after the other. Notifications to the kernel are jobs too, because a
 * notification may have to wait for locks of the kernel. Replies must not wait for these locks.
 */
export class HelperJobs {
  readonly #options: HelperJobsOptions
  /**
   * The number of the last job. The first number is random, because the helper may still report jobs of an earlier
   * server.
   */
  #seq = randomInt(2 ** 30)
  #waiting: Job[] = []
  /**
   * The notifications that wait. A second notification with the same content is dropped, because it would have no
   * effect.
   */
  readonly #queued = new Set<string>()
  readonly #sent = new Map<number, Job>()
  #replays = 0

  constructor(options: HelperJobsOptions) {
    this.#options = options
  }

  /**
   * Adds a job. The new job replaces a waiting job of the same type, because only the last job of a type must be done.
   */
  add(type: number, data: Buffer, done?: (code: number) => void): void {
    this.#waiting = this.#waiting.filter((job) => job.type !== type)
    this.#waiting.push({ type, data, ...(done ? { done } : {}) })
  }

  /** Makes the kernel look up a name again. */
  expireName(parent: number, name: Buffer): void {
    const frame = Buffer.alloc(outHeaderBytes + 16 + name.length + 1)
    writeHeader(frame, notify.INVAL_ENTRY)
    writeNumber(frame, parent, 16)
    frame.writeUInt32LE(name.length, 24)
    // The kernel only expires the entry. Dropping the entry would also drop a mount on it, such as a volume over a
    // folder of a bind mount.
    frame.writeUInt32LE(expireOnly, 28)
    name.copy(frame, 32)
    this.#notify(frame)
  }

  /** Makes the kernel ask for the attributes again. If `content` is true, the kernel also drops the cached pages. */
  expireNode(node: number, content: boolean): void {
    const frame = Buffer.alloc(outHeaderBytes + 24)
    writeHeader(frame, notify.INVAL_INODE)
    writeNumber(frame, node, 16)
    frame.writeBigInt64LE(content ? 0n : -1n, 24)
    frame.writeBigInt64LE(0n, 32)
    this.#notify(frame)
  }

  /** Adds a replay. Does nothing if too many replays are unfinished, or if the last waiting job is the same replay. */
  replay(replay: Replay): void {
    if (this.#replays >= maxReplays) return
    const last = this.#waiting.at(-1)?.replay
    if (last && isSameReplay(last, replay)) return
    this.#replays++
    this.#waiting.push({ type: jobType.REPLAY, data: Buffer.alloc(0), replay })
    this.#options.pendingNames.add(replay)
  }

  /** Call this method when the helper reports that it has finished a job. */
  done(seq: number, code: number): void {
    const job = this.#sent.get(seq)
    if (!job) return
    // The helper works in order. If the helper has not reported an earlier job, that job was lost.
    this.#recover([...this.#sent].filter(([sent]) => sent < seq))
    this.#sent.delete(seq)
    this.#ended(seq, job, code)
  }

  /** Call this method when the helper has started again. All jobs that the helper had before are lost. */
  restarted(): void {
    this.#recover([...this.#sent])
  }

  /**
   * Handles lost jobs. Lost replays are dropped, so programs are not notified of these changes. All other jobs are sent
   * again.
   */
  #recover(jobs: [number, Job][]): void {
    for (const [seq, job] of jobs) {
      this.#sent.delete(seq)
      if (job.replay) this.#ended(seq, job, errno.EIO)
    }
    this.#waiting.unshift(...jobs.flatMap(([, job]) => (job.replay ? [] : [job])))
  }

  /** Sends as many waiting jobs as the helper may have now. */
  send(): void {
    const { writer, replays } = this.#options
    while (this.#waiting.length > 0 && this.#sent.size < maxSent) {
      const job = this.#waiting.shift()
      if (!job) return
      for (const key of job.notifications ?? []) this.#queued.delete(key)
      delete job.notifications
      const seq = ++this.#seq
      if (job.replay && !this.#prepare(job, job.replay)) {
        this.#ended(seq, job, errno.ENOENT)
        continue
      }
      this.#sent.set(seq, job)
      if (job.replay) replays.given(seq, job.replay)
      const message = writer.reserve(8 + job.data.length)
      message.buffer.writeUInt32LE(job.type, message.at)
      message.buffer.writeUInt32LE(seq, message.at + 4)
      job.data.copy(message.buffer, message.at + 8)
      writer.commit(message, 8 + job.data.length, toAgent.JOB, controlOpcode, controlOpcode)
    }
  }

  /**
   * Writes the current paths into the job, because folders may have moved while the job waited. Returns false if a
   * folder has no path any more.
   */
  #prepare(job: Job, replay: Replay): boolean {
    try {
      const [path, newPath] = this.#options.pathsOf(replay)
      const operation = Buffer.alloc(4)
      operation.writeUInt32LE(replay.operation)
      const zero = Buffer.alloc(1)
      job.data = Buffer.concat([operation, path, zero, newPath, zero])
      return true
    } catch {
      return false
    }
  }

  #ended(seq: number, job: Job, code: number): void {
    if (job.replay) {
      this.#replays--
      this.#options.replays.done(seq)
      this.#options.pendingNames.remove(job.replay)
    }
    job.done?.(code)
  }

  #notify(frame: Buffer): void {
    const key = frame.toString('latin1')
    if (this.#queued.has(key)) return
    this.#queued.add(key)
    const last = this.#waiting.at(-1)
    if (last?.notifications && last.data.length + frame.length < maxNotificationBytes) {
      last.data = Buffer.concat([last.data, frame])
      last.notifications.push(key)
    } else this.#waiting.push({ type: jobType.NOTIFY, data: frame, notifications: [key] })
  }
}

function writeHeader(frame: Buffer, code: number): void {
  frame.writeUInt32LE(frame.length, 0)
  frame.writeInt32LE(code, 4)
}

function isSameReplay(a: Replay, b: Replay): boolean {
  return a.operation === b.operation && a.folder === b.folder && a.name === b.name && !a.to && !b.to
}
