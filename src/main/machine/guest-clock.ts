import { PassThrough } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { delay, message } from '../lib'
import type { Logger } from '../host'
import type { SshLink } from '../ssh'

/** What the clock needs of the link. */
export interface ClockLink extends Pick<SshLink, 'exec' | 'isUp'> {
  on(event: 'up', listener: () => void): unknown
  off(event: 'up', listener: () => void): unknown
}

/** Less than this is left alone, milliseconds: it is what a busy host's measurement may be wrong by. */
const toleratedMs = 150
/** More than this does not wait for the next full second, milliseconds. */
const urgentMs = 900
/** The guest's own clock drifts slowly, if at all. */
const checkEveryMs = 5 * 60_000
const limitMs = 20_000

/**
 * Tells the guest's time, as that of a new file because busybox's `date` knows no fractions, and then sets the clock
 * to each line of standard input, whole seconds since the epoch, the moment it comes. An empty line only measures
 * how long a line takes.
 */
const script = [
  'f=/run/berth/clock; : >$f; stat -c %y $f',
  'while read -r t; do if [ "$t" ]; then date -s "@$t" >/dev/null || exit; fi; echo; done',
].join('; ')

/** Keeps the guest's clock on the host's time: set at once when asked to, and checked now and then. */
export class GuestClock {
  readonly #link: ClockLink
  readonly #log: Logger
  readonly #now: () => number
  #life: AbortController | undefined
  #setting: Promise<number> | undefined

  /** `now` is the host's time in milliseconds since the epoch. */
  constructor({ link, log, now = Date.now }: { link: ClockLink; log: Logger; now?: () => number }) {
    this.#link = link
    this.#log = log
    this.#now = now
  }

  /** Sets the clock now, whenever the link comes back, and every few minutes, until `stop`. */
  start(): void {
    this.stop()
    const life = new AbortController()
    this.#life = life
    const set = () => {
      this.setSoon()
    }
    const timer = setInterval(set, checkEveryMs)
    timer.unref()
    this.#link.on('up', set)
    life.signal.addEventListener('abort', () => {
      clearInterval(timer)
      this.#link.off('up', set)
    })
    set()
  }

  stop(): void {
    this.#life?.abort(new BerthError('machine.not-running'))
    this.#life = undefined
  }

  /** Sets the clock in the background; without a link it is set when the link comes back. */
  setSoon(): void {
    if (this.#life === undefined || !this.#link.isUp) return
    this.set().catch((error: unknown) => {
      this.#log.info({ reason: message(error) }, 'the guest’s clock could not be set')
    })
  }

  /**
   * Resolves with how far the guest's clock was from the host's, milliseconds, once it is right. Rejects like
   * `SshLink.exec`.
   */
  set(): Promise<number> {
    this.#setting ??= this.#set().finally(() => {
      this.#setting = undefined
    })
    return this.#setting
  }

  async #set(): Promise<number> {
    const limit = AbortSignal.timeout(limitMs)
    const signal = this.#life ? AbortSignal.any([this.#life.signal, limit]) : limit
    const talk = new Conversation(this.#link, signal)
    try {
      const offset = parseTime(await talk.answer()) - this.#now()
      if (Math.abs(offset) <= toleratedMs) return offset
      const begin = performance.now()
      const urgent = Math.abs(offset) > urgentMs
      await talk.say(urgent ? String(Math.round(this.#now() / 1000)) : '')
      // busybox sets whole seconds only: the exact moment is the beginning of one, less the way there.
      const way = (performance.now() - begin) / 2
      const second = Math.ceil((this.#now() + way) / 1000)
      await delay(second * 1000 - way - this.#now(), signal)
      await talk.say(String(second))
      this.#log.info({ offset: Math.round(offset), way: Math.round(way) }, 'the guest’s clock was set')
      return offset
    } finally {
      talk.end()
    }
  }
}

/** A running {@link script}: one line of its output answers one line of its input, and the first comes by itself. */
class Conversation {
  readonly #input = new PassThrough()
  readonly #answers: string[] = []
  readonly #ended: Promise<never>
  #rest = ''
  #heard: (() => void) | undefined

  constructor(link: ClockLink, signal: AbortSignal) {
    const onStdout = (text: string) => {
      const lines = (this.#rest + text).split('\n')
      this.#rest = lines.pop() ?? ''
      this.#answers.push(...lines)
      this.#heard?.()
    }
    const command = link.exec(script, { input: this.#input, onStdout, background: true, signal })
    this.#ended = command.then(({ code, stderr }) => {
      throw new Error(`the guest’s clock cannot be set: ${stderr} (${code})`)
    })
    // Its end is of interest only to who waits for an answer.
    this.#ended.catch(() => undefined)
  }

  async say(line: string): Promise<string> {
    this.#input.write(`${line}\n`)
    return this.answer()
  }

  async answer(): Promise<string> {
    for (;;) {
      const answer = this.#answers.shift()
      if (answer !== undefined) return answer
      const heard = new Promise<void>((resolve) => {
        this.#heard = resolve
      })
      await Promise.race([heard, this.#ended])
    }
  }

  end(): void {
    this.#input.end()
  }
}

/** Milliseconds since the epoch of `2026-11-21 08:25:10.232816384 +0000`, as busybox's stat prints it. */
export function parseTime(text: string): number {
  const match = /^(\S+) (\d\d:\d\d:\d\d\.\d{3})\d* ([+-]\d\d)(\d\d)$/.exec(text)
  const time = match ? Date.parse(`${match[1]}T${match[2]}${match[3]}:${match[4]}`) : Number.NaN
  if (Number.isNaN(time)) throw new Error(`the guest’s time was not understood: ${text}`)
  return time
}
