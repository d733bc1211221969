import type { Logger } from '../host'
import { message } from '../lib'
import type { MachineState } from '../../shared/machine'

/** What the pause needs of the machine. */
export interface PausableMachine {
  readonly state: Pick<MachineState, 'phase'>
  readonly link: { on(event: 'use', listener: () => void): unknown }
  on(event: 'state', listener: () => void): unknown
  pause(): Promise<void>
}

export interface IdlePauseOptions {
  machine: PausableMachine
  /** After how many minutes without use; 0 is never. Read whenever the machine may be idle. */
  minutes: () => number
  /** Whether something runs or is under way that makes no use of the machine all the time. */
  isBusy: () => boolean
  log: Logger
}

/** Pauses the machine when nobody has used it for a while; whoever uses it wakes it. */
export class IdlePause {
  readonly #options: IdlePauseOptions
  #lastUse = performance.now()
  #timer: NodeJS.Timeout | undefined

  constructor(options: IdlePauseOptions) {
    this.#options = options
    const { machine } = options
    machine.link.on('use', () => {
      this.#lastUse = performance.now()
    })
    machine.on('state', () => {
      this.settingsChanged()
    })
  }

  /** Looks again when the machine may pause: another time was chosen. */
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
    log.info('the machine is paused: nobody uses it')
    machine.pause().catch((error: unknown) => {
      log.warn({ reason: message(error) }, 'the machine could not be paused')
    })
  }
}
