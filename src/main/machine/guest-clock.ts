import { PassThrough } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { delay, type Emits, message } from '../lib'
import type { Logger } from '../host'
import type { SshLink } from '../ssh'

/** Less than this is left alone, milliseconds: a measurement on a busy host may be wrong by that much. */
const toleratedMs = 150
/** More than this does not wait for the next full second, milliseconds. */
const urgentMs = 900
/** The guest's own clock drifts slowly, if at all. */
const checkEveryMs = 5 * 60_000
const limitMs = 20_000

/**
 * Prints the guest's time, as that of a new file because busybox's `date` knows no fractions. Then each line of
 * standard input sets the clock the moment it arrives: whole seconds since the epoch. An empty line sets nothing, and
 * measures how long a line takes.
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

/** Keeps the guest's clock on the host's time. */
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

  /** Sets the clock in the background. Without a connection it is set when the link is up again. */
  setSoon(): void {
    if (this.#life === undefined || !this.#options.link.isUp) return
    this.set().catch((error: unknown) => {
      this.#options.log.info({ reason: message(error) }, 'could not set the guest’s clock')
    })
  }

  /**
   * Sets the clock if it is wrong. Returns how far it was from the host's, milliseconds.
   * @throws BerthError, see {@link SshLink.exec}
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
      // busybox sets whole seconds only, so the line has to arrive exactly when a second begins.
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
      throw new Error(`the guest’s clock cannot be set: ${stderr} (${code})`)
    })
    // Only `answer` reports its end.
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
