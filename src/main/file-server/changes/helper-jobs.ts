import { randomInt } from 'node:crypto'
import { controlOpcode, jobType, notify, outHeaderBytes, toAgent, writeNumber } from '../protocol/fuse'
import { errno } from '../protocol/linux'
import type { Outbox } from '../protocol/outbox'
import { mostReplays, type Replay, type Replays } from './replays'

/** Jobs that are under way at most: they wait in a socket of the agent, which must never be full. */
const mostSent = 64
/** Notifications are put together up to this size, bytes. */
const mostNotifications = 16 * 1024
const expireOnly = 1

/** A replay's two paths below the mount's root, each as bytes. */
export type PathsOf = (replay: Replay) => readonly [Buffer, Buffer]

interface Job {
  type: number
  data: Buffer
  replay?: Replay
  /** The notifications in `data`. */
  frames?: string[]
  done?: (code: number) => void
}

/**
 * What the agent's helper is to do, one after the other: it may have to wait for the kernel's locks, which the
 * carrying of answers must not.
 */
export class HelperJobs {
  /** Not from zero: the helper may still tell of what another server gave it. */
  #seq = randomInt(2 ** 30)
  #waiting: Job[] = []
  /** Notifications that wait: the same once more would tell the kernel nothing. */
  readonly #frames = new Set<string>()
  readonly #sent = new Map<number, Job>()
  #replays = 0

  constructor(
    private readonly outbox: Outbox,
    private readonly replays: Replays,
    private readonly pathsOf: PathsOf,
  ) {}

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#sent.size === 0
  }

  /** Of jobs of one type only the last has to be done. */
  add(type: number, data: Buffer, done?: (code: number) => void): void {
    this.#waiting = this.#waiting.filter((job) => job.type !== type)
    this.#waiting.push({ type, data, ...(done ? { done } : {}) })
  }

  forgetName(parent: number, name: Buffer): void {
    const frame = Buffer.alloc(outHeaderBytes + 16 + name.length + 1)
    header(frame, notify.INVAL_ENTRY)
    writeNumber(frame, parent, 16)
    frame.writeUInt32LE(name.length, 24)
    // Dropping the entry would take along whatever is mounted on it: a volume over a folder of a bind mount.
    frame.writeUInt32LE(expireOnly, 28)
    name.copy(frame, 32)
    this.#notify(frame)
  }

  /** `content`: the cached pages as well. */
  forgetNode(node: number, content: boolean): void {
    const frame = Buffer.alloc(outHeaderBytes + 24)
    header(frame, notify.INVAL_INODE)
    writeNumber(frame, node, 16)
    frame.writeBigInt64LE(content ? 0n : -1n, 24)
    frame.writeBigInt64LE(0n, 32)
    this.#notify(frame)
  }

  /** False when too many wait already. */
  replay(replay: Replay): boolean {
    if (this.#replays >= mostReplays) return false
    const last = this.#waiting.at(-1)?.replay
    if (last && sameReplay(last, replay)) return true
    this.#replays++
    this.#waiting.push({ type: jobType.REPLAY, data: Buffer.alloc(0), replay })
    this.replays.announce(replay, 1)
    return true
  }

  /** The helper says that it has done a job. */
  done(seq: number, code: number): void {
    const job = this.#sent.get(seq)
    if (!job) return
    // It works in order: what it does not speak of before was lost.
    this.#lost([...this.#sent].filter(([sent]) => sent < seq))
    this.#sent.delete(seq)
    this.#ended(seq, job, code)
  }

  /** The helper begins anew: what it was given before is lost. */
  lost(): void {
    this.#lost([...this.#sent])
  }

  /** What programs would have been told is over; what the kernel is to do, it is given once more. */
  #lost(jobs: [number, Job][]): void {
    for (const [seq, job] of jobs) {
      this.#sent.delete(seq)
      if (job.replay) this.#ended(seq, job, errno.EIO)
    }
    this.#waiting.unshift(...jobs.flatMap(([, job]) => (job.replay ? [] : [job])))
  }

  /** Puts what may go now into the outbox. */
  send(): void {
    while (this.#waiting.length > 0 && this.#sent.size < mostSent) {
      const job = this.#waiting.shift()
      if (!job) return
      for (const frame of job.frames ?? []) this.#frames.delete(frame)
      delete job.frames
      const seq = ++this.#seq
      if (job.replay && !this.#prepare(job, job.replay)) {
        this.#ended(seq, job, errno.ENOENT)
        continue
      }
      this.#sent.set(seq, job)
      if (job.replay) this.replays.add(seq, job.replay)
      const message = this.outbox.reserve(8 + job.data.length)
      message.buffer.writeUInt32LE(job.type, message.at)
      message.buffer.writeUInt32LE(seq, message.at + 4)
      job.data.copy(message.buffer, message.at + 8)
      this.outbox.put(message, 8 + job.data.length, toAgent.JOB, controlOpcode, controlOpcode)
    }
  }

  /** Paths are those of the moment: folders may have moved while the job waited. */
  #prepare(job: Job, replay: Replay): boolean {
    try {
      const [path, newPath] = this.pathsOf(replay)
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
      this.replays.done(seq)
      this.replays.announce(job.replay, -1)
    }
    job.done?.(code)
  }

  #notify(frame: Buffer): void {
    const key = frame.toString('latin1')
    if (this.#frames.has(key)) return
    this.#frames.add(key)
    const last = this.#waiting.at(-1)
    if (last?.frames && last.data.length + frame.length < mostNotifications) {
      last.data = Buffer.concat([last.data, frame])
      last.frames.push(key)
    } else this.#waiting.push({ type: jobType.NOTIFY, data: frame, frames: [key] })
  }
}

function header(frame: Buffer, code: number): void {
  frame.writeUInt32LE(frame.length, 0)
  frame.writeInt32LE(code, 4)
}

function sameReplay(a: Replay, b: Replay): boolean {
  return a.operation === b.operation && a.folder === b.folder && a.name === b.name && !a.to && !b.to
}
