import { randomInt } from 'node:crypto'
import { controlOpcode, jobType, notify, outHeaderBytes, toAgent, writeNumber } from '../protocol/fuse'
import { errno } from '../protocol/linux'
import type { MessageWriter } from '../protocol/message-writer'
import { maxReplays, type InotifyReplays, type Replay } from './pending-replays'

/** Jobs that the helper may have at a time. They wait in a socket of the agent, which must never be full. */
const maxSent = 64
/** Notifications are combined up to this size, bytes. */
const maxNotificationBytes = 16 * 1024
/** FUSE_EXPIRE_ONLY */
const expireOnly = 1

export interface HelperJobsOptions {
  writer: MessageWriter
  replays: InotifyReplays
  /** The two paths of a replay below the root of the mount. Throws when it has none any more. */
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
 * Jobs for the agent's helper, which does one after the other. Notifications are among them, because they may have to
 * wait for locks of the kernel, and replies must not wait with them.
 */
export class HelperJobs {
  readonly #options: HelperJobsOptions
  /** Starts at a random number: the helper may still report jobs that another server gave it. */
  #seq = randomInt(2 ** 30)
  #waiting: Job[] = []
  /** Notifications that wait. A second one of the same content would tell the kernel nothing new. */
  readonly #queued = new Set<string>()
  readonly #sent = new Map<number, Job>()
  #replays = 0

  constructor(options: HelperJobsOptions) {
    this.#options = options
  }

  /** Replaces a waiting job of the same type: only the last one must be done. */
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
    // Dropping the entry would also drop a mount on it, such as a volume over a folder of a bind mount.
    frame.writeUInt32LE(expireOnly, 28)
    name.copy(frame, 32)
    this.#notify(frame)
  }

  /** Makes the kernel ask for the attributes again, and with `content` also drop the cached pages. */
  expireNode(node: number, content: boolean): void {
    const frame = Buffer.alloc(outHeaderBytes + 24)
    writeHeader(frame, notify.INVAL_INODE)
    writeNumber(frame, node, 16)
    frame.writeBigInt64LE(content ? 0n : -1n, 24)
    frame.writeBigInt64LE(0n, 32)
    this.#notify(frame)
  }

  /** Does nothing when too many replays wait already. */
  replay(replay: Replay): void {
    if (this.#replays >= maxReplays) return
    const last = this.#waiting.at(-1)?.replay
    if (last && isSameReplay(last, replay)) return
    this.#replays++
    this.#waiting.push({ type: jobType.REPLAY, data: Buffer.alloc(0), replay })
    this.#options.replays.plan(replay)
  }

  /** The helper reports that it has finished a job. */
  done(seq: number, code: number): void {
    const job = this.#sent.get(seq)
    if (!job) return
    // The helper works in order. A job before this one that it has not reported was lost.
    this.#recover([...this.#sent].filter(([sent]) => sent < seq))
    this.#sent.delete(seq)
    this.#ended(seq, job, code)
  }

  /** The helper has started again: the jobs it was given before are lost. */
  restarted(): void {
    this.#recover([...this.#sent])
  }

  /** Drops lost replays: programs are not notified of those changes. Gives all other jobs to the helper again. */
  #recover(jobs: [number, Job][]): void {
    for (const [seq, job] of jobs) {
      this.#sent.delete(seq)
      if (job.replay) this.#ended(seq, job, errno.EIO)
    }
    this.#waiting.unshift(...jobs.flatMap(([, job]) => (job.replay ? [] : [job])))
  }

  /** Writes as many jobs as the helper may have now. */
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

  /** Writes the current paths into the job: folders may have moved while it waited. */
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
      this.#options.replays.settle(job.replay)
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
