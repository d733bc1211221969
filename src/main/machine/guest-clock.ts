import { PassThrough } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { delay, type Emits, message } from '../lib'
import type { Logger } from '../host'
import type { SshLink } from '../ssh'

/** A smaller offset is not corrected. On a busy host, the measurement may be wrong by this much. Milliseconds. */
const toleratedMs = 150
/** A larger offset is corrected immediately, without waiting for the next full second. Milliseconds. */
const urgentMs = 900
/** Milliseconds between two corrections. Every few minutes is enough, because the guest's clock drifts slowly. */
const checkEveryMs = 5 * 60_000
const limitMs = 20_000

/**
 * Prints the guest's time. The script reads the time from a new file, because busybox's `date` prints no fractions of a
 * second. Then each line of standard input sets the clock when it arrives. A line holds whole seconds since the epoch.
 * An empty line sets nothing; it only serves to measure how long a line takes.
 */
const script = [
  'f=/run/berth/clock; : >$f; stat -c %y $f',
  'while read -r t; do if [ "$t" ]; then date -s "@$t" >/dev/null || exit; fi; echo; done',
].join('; ')

type ClockLink = Pick<SshLink, 'exec' | 'isUp'> & Emits<'up'>

export interface GuestClockOptions {
  link: ClockLink
  log: Logger
  /** The host's time, milliseconds since the epoch. */
  now?: () => number
}

/** Sets the guest's clock to the host's time. */
export class GuestClock {
  readonly #options: GuestClockOptions
  readonly #now: () => number
  #life: AbortController | undefined
  #setting: Promise<number> | undefined

  constructor(options: GuestClockOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** Sets the clock now, whenever the link is up again, and every few minutes, until `stop`. */
  start(): void {
    this.stop()
    const life = new AbortController()
    this.#life = life
    const set = () => {
      this.setSoon()
    }
    const timer = setInterval(set, checkEveryMs)
    timer.unref()
    const { link } = this.#options
    link.on('up', set)
    life.signal.addEventListener('abort', () => {
      clearInterval(timer)
      link.off('up', set)
    })
    set()
  }

  stop(): void {
    this.#life?.abort(new BerthError('machine.not-running'))
    this.#life = undefined
  }

  /**
   * Sets the clock in the background. Does nothing while the link is down, because the clock is set when the link is up
   * again.
   */
  setSoon(): void {
    if (this.#life === undefined || !this.#options.link.isUp) return
    this.set().catch((error: unknown) => {
      this.#options.log.info({ reason: message(error) }, 'could not set the guest’s clock')
    })
  }

  /**
   * Sets the guest's clock if it is wrong. Returns the milliseconds by which it was ahead of the host's clock.
   * @throws BerthError, see {@link SshLink.exec}; Error if the script fails or takes too long
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
    const talk = new Conversation(this.#options.link, signal)
    try {
      const offset = parseTime(await talk.answer()) - this.#now()
      if (Math.abs(offset) <= toleratedMs) return offset
      const begin = performance.now()
      const urgent = Math.abs(offset) > urgentMs
      await talk.say(urgent ? String(Math.round(this.#now() / 1000)) : '')
      // busybox can set only whole seconds. So the line has to arrive exactly when a second begins.
      const way = (performance.now() - begin) / 2
      const second = Math.ceil((this.#now() + way) / 1000)
      await delay(second * 1000 - way - this.#now(), signal)
      await talk.say(String(second))
      this.#options.log.info({ offset: Math.round(offset), way: Math.round(way) }, 'set the guest’s clock')
      return offset
    } finally {
      talk.end()
    }
  }
}

/** A running {@link script}. It prints one line at its start, and one line for each line of its input. */
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
      throw new Error(`the command that sets the guest’s clock has ended: ${stderr} (${code})`)
    })
    // `answer` reports the end of the command. This handler only prevents an unhandled rejection.
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

/** Parses a time that busybox's stat prints: `2026-11-21 08:25:10.232816384 +0000`. Milliseconds since the epoch. */
export function parseTime(text: string): number {
  const match = /^(\S+) (\d\d:\d\d:\d\d\.\d{3})\d* ([+-]\d\d)(\d\d)$/.exec(text)
  const time = match ? Date.parse(`${match[1]}T${match[2]}${match[3]}:${match[4]}`) : Number.NaN
  if (Number.isNaN(time)) throw new Error(`could not parse the guest’s time: ${text}`)
  return time
}
