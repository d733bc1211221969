import { delay, untilAborted } from '../lib'
import { pathPart, type EngineClient } from './client'
import { FrameParser, type Frame, type OutputStream } from './frames'

const newline = 0x0a
/** Bytes of an unfinished line that are kept. */
const keptBytes = 64 * 1024
/**
 * Bytes that a container may write while nobody follows its log. A container that writes more shows no prompt, so its
 * log is enough.
 */
const unseenBytes = 64 * 1024
/**
 * Bytes per second. If a container writes more, its watch pauses: in such a flood, nobody can read an unfinished line.
 */
const floodBytes = 256 * 1024
/** Milliseconds until a watch attaches again, after a flood or after an attachment has ended. */
const attachAgainMs = 1_000
/**
 * Milliseconds that a start waits for its watch. An engine that needs longer is busy, and the start matters more than
 * the watch.
 */
const attachLimitMs = 3_000
/** How many containers are watched while nobody follows their log. Each watch takes a channel of the SSH connection. */
const unseenLimit = 32
/** The engine's media type of a stream with frames. A terminal's stream has none. */
const framed = 'application/vnd.docker.multiplexed-stream'

/**
 * Watches containers for unfinished lines, e.g. a prompt or a progress bar. The engine logs a line only when the line
 * has ended, so an unfinished line is not in the log. Only a client that is already attached when the container writes
 * the line sees it. So a watch begins when its container starts. While nobody follows the container's log, the watch
 * ends when the container stops or has written much.
 */
export class OutputWatches {
  readonly #client: EngineClient
  readonly #watches = new Map<string, OutputWatch>()

  constructor(client: EngineClient) {
    this.#client = client
  }

  /**
   * Begins to watch a container. Wait for the promise before you start or restart the container: during a start, the
   * engine attaches no client, so the watch would miss the first output. Never rejects, because without a watch only
   * the open lines are missing.
   */
  async begin(id: string): Promise<void> {
    const isKnown = this.#find(id) !== undefined
    const watch = this.#findOrMake(id)
    const attached = isKnown ? watch.containerStarts() : watch.attached()
    this.#limit()
    await untilAborted(attached, AbortSignal.timeout(attachLimitMs)).catch(() => undefined)
  }

  /** Watches a container until the returned function is called. `changed` is called with each piece of output. */
  follow(id: string, changed: () => void): { lines: UnfinishedLines; release: () => void } {
    const watch = this.#findOrMake(id)
    watch.follow(changed)
    return {
      lines: watch.lines,
      release: () => {
        watch.unfollow(changed)
        this.#limit()
      },
    }
  }

  /** Ends the oldest watches without a follower, until at most `unseenLimit` of them are left. */
  #limit(): void {
    const unseen = [...this.#watches.values()].filter(({ isFollowed }) => !isFollowed)
    for (const watch of unseen.slice(0, -unseenLimit)) watch.end()
  }

  #find(id: string): OutputWatch | undefined {
    const watch = this.#watches.get(id)
    return watch?.isOver === false ? watch : undefined
  }

  #findOrMake(id: string): OutputWatch {
    const watch = this.#find(id) ?? new OutputWatch(this.#client, id)
    const isNew = this.#watches.get(id) !== watch
    // `#limit` needs the newest watch at the end of the map.
    this.#watches.delete(id)
    this.#watches.set(id, watch)
    if (isNew)
      void watch.run().finally(() => {
        if (this.#watches.get(id) === watch) this.#watches.delete(id)
      })
    return watch
  }
}

/** Why an attachment is over. `idle`: nobody follows it, and the container has written much. */
type AttachmentEnd = 'stopped' | 'flood' | 'idle' | 'failed'

class OutputWatch {
  readonly lines = new UnfinishedLines()
  readonly #client: EngineClient
  readonly #id: string
  readonly #followers = new Set<() => void>()
  readonly #ending = new AbortController()
  /** An abort ends the pause, so that the watch attaches again immediately. */
  #hurry = new AbortController()
  #stage: 'attaching' | 'attached' | 'pausing' = 'attaching'
  /** Called when the watch is attached, or when attaching has failed. */
  #waiting: (() => void)[] = []
  /** The bytes that the watch has read since it began, or since the last call of `containerStarts`. */
  #bytes = 0
  /** True if the container is about to start again. The watch then attaches again when the present run ends. */
  #restarts = false

  constructor(client: EngineClient, id: string) {
    this.#client = client
    this.#id = id
  }

  get isFollowed(): boolean {
    return this.#followers.size > 0
  }

  get isOver(): boolean {
    return this.#ending.signal.aborted
  }

  /** Call this before the container starts. Resolves like {@link OutputWatch.attached}. */
  containerStarts(): Promise<void> {
    this.#bytes = 0
    this.#restarts = true
    this.#hurry.abort()
    this.#hurry = new AbortController()
    return this.attached()
  }

  /** Resolves when the watch is attached, or when attaching has failed. */
  attached(): Promise<void> {
    if (this.#stage === 'attached' || this.isOver) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  follow(changed: () => void): void {
    this.#followers.add(changed)
  }

  unfollow(changed: () => void): void {
    this.#followers.delete(changed)
    if (!this.isFollowed && (this.#bytes > unseenBytes || this.#stage === 'pausing')) this.end()
  }

  end(): void {
    this.#ending.abort()
  }

  /** Resolves when the watch is over. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      this.#stage = 'attaching'
      const end = await this.#attach().catch((): AttachmentEnd => 'failed')
      this.#stage = 'pausing'
      this.#stopWaiting()
      this.lines.clear()
      this.#notify()
      if (end === 'stopped' && this.#restarts) this.#restarts = false
      else if (this.isFollowed)
        await delay(attachAgainMs, AbortSignal.any([signal, this.#hurry.signal])).catch(() => undefined)
      else this.end()
    }
  }

  /** The engine lets a client attach before the container starts. An attachment ends when the container stops. */
  async #attach(): Promise<AttachmentEnd> {
    const { stream, mediaType } = await this.#client.upgradeTyped({
      method: 'POST',
      path: `/containers/${pathPart(this.#id)}/attach`,
      query: { stream: true, stdout: true, stderr: true },
      background: true,
      signal: this.#ending.signal,
    })
    this.#stage = 'attached'
    this.#stopWaiting()
    const parser = mediaType === framed ? new FrameParser() : undefined
    let second = { since: performance.now(), bytes: 0 }
    stream.once('end', () => stream.destroy())
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const frames: Frame[] = parser?.push(chunk) ?? [{ stream: 'stdout', payload: chunk }]
      for (const frame of frames) this.lines.push(frame)
      this.#bytes += chunk.length
      if (!this.isFollowed && this.#bytes > unseenBytes) return 'idle'
      if (performance.now() - second.since > 1_000) second = { since: performance.now(), bytes: 0 }
      second.bytes += chunk.length
      if (second.bytes > floodBytes) return 'flood'
      this.#notify()
    }
    return 'stopped'
  }

  #stopWaiting(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting = []
  }

  #notify(): void {
    for (const changed of this.#followers) changed()
  }
}

/** The unfinished line of each stream, from the raw output. */
export class UnfinishedLines {
  readonly #lines: Record<OutputStream, { bytes: Buffer; dropped: number }> = {
    stdout: { bytes: Buffer.alloc(0), dropped: 0 },
    stderr: { bytes: Buffer.alloc(0), dropped: 0 },
  }

  push({ stream, payload }: Frame): void {
    const line = this.#lines[stream]
    const start = payload.lastIndexOf(newline) + 1
    const bytes = start > 0 ? payload.subarray(start) : Buffer.concat([line.bytes, payload])
    const excess = Math.max(0, bytes.length - keptBytes)
    line.dropped = excess + (start > 0 ? 0 : line.dropped)
    line.bytes = bytes.subarray(excess)
  }

  /** The bytes of a stream's unfinished line after its first `count` bytes. */
  after(stream: OutputStream, count: number): Buffer {
    const { bytes, dropped } = this.#lines[stream]
    return bytes.subarray(Math.max(0, count - dropped))
  }

  clear(): void {
    for (const line of Object.values(this.#lines)) {
      line.bytes = Buffer.alloc(0)
      line.dropped = 0
    }
  }
}
