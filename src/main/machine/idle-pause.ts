import type { Logger } from '../host'
import { type Emits, message } from '../lib'
import type { MachineState } from '../../shared/machine'
import type { Machine } from './machine'

export interface IdlePauseOptions {
  machine: Pick<Machine, 'state' | 'pause'> & Pick<Emits<'state', [MachineState]>, 'on'>
  link: Pick<Emits<'use'>, 'on'>
  /**
   * The minutes without use after which the machine pauses; 0 means never. Called whenever the class needs the current
   * number.
   */
  minutes: () => number
  /** True while the machine is in use, even if the link is idle for minutes. */
  isBusy: () => boolean
  log: Logger
}

/** Pauses a running machine that nobody has used for a while. Any use of its link wakes the machine (machine.ts). */
export class IdlePause {
  readonly #options: IdlePauseOptions
  #lastUse = performance.now()
  #timer: NodeJS.Timeout | undefined

  constructor(options: IdlePauseOptions) {
    this.#options = options
    const { machine, link } = options
    link.on('use', () => {
      this.#lastUse = performance.now()
    })
    machine.on('state', () => {
      this.settingsChanged()
    })
  }

  /** Restarts the timer of the pause. Call this after the user may have changed the minutes. */
  settingsChanged(): void {
    const { machine, minutes } = this.#options
    clearTimeout(this.#timer)
    if (machine.state.phase !== 'running' || minutes() === 0) return
    const idle = performance.now() - this.#lastUse
    this.#timer = setTimeout(
      () => {
        this.#look()
      },
      Math.max(minutes() * 60_000 - idle, 1_000),
    )
    this.#timer.unref()
  }

  #look(): void {
    const { machine, minutes, isBusy, log } = this.#options
    if (isBusy()) this.#lastUse = performance.now()
    if (performance.now() - this.#lastUse < minutes() * 60_000) {
      this.settingsChanged()
      return
    }
    log.info('pausing the machine: nobody uses it')
    machine.pause().catch((error: unknown) => {
      log.warn({ reason: message(error) }, 'could not pause the machine')
    })
  }
}
