import { BerthError } from '../../shared/errors'
import { errorText } from '../../shared/i18n'
import type { MachineState } from '../../shared/machine'

/** The part of the machine that the gate uses. */
export interface WatchedMachine {
  readonly state: MachineState
  on(event: 'state', listener: (state: MachineState) => void): unknown
  off(event: 'state', listener: (state: MachineState) => void): unknown
}

/** Milliseconds. Clients give up after a minute (docker-py's default) and should get an answer before that. */
const patienceMs = 50_000

/**
 * Resolves when the machine runs. Waits for a start that is under way, but at most `patience` milliseconds. The time
 * counts from the beginning of the start. So a client that repeats its request does not wait the full time again.
 * @throws BerthError machine.not-running, docker.machine-failed; docker.machine-starting after `patience`
 */
export function whenRunning(machine: WatchedMachine, patience = patienceMs): Promise<void> {
  const verdict = judge(machine.state)
  if (verdict !== 'wait') return verdict === 'pass' ? Promise.resolve() : Promise.reject(verdict)
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      clearTimeout(timer)
      machine.off('state', look)
      end()
    }
    const look = (state: MachineState) => {
      const verdict = judge(state)
      if (verdict === 'pass') settle(resolve)
      else if (verdict !== 'wait')
        settle(() => {
          reject(verdict)
        })
    }
    const timer = setTimeout(
      () => {
        settle(() => {
          reject(new BerthError('docker.machine-starting'))
        })
      },
      remaining(machine.state, patience),
    )
    machine.on('state', look)
  })
}

function judge(state: MachineState): 'pass' | 'wait' | BerthError {
  switch (state.phase) {
    case 'running':
    case 'paused':
      // The request itself wakes a paused machine.
      return 'pass'
    case 'stopped':
    case 'stopping':
    case 'suspending':
      return new BerthError('machine.not-running')
    case 'failed':
      return new BerthError('docker.machine-failed', { reason: failureReason(state) })
    default:
      return 'wait'
  }
}

function failureReason({ failure }: MachineState): string {
  return failure === undefined ? '' : errorText(failure.error, 'en').what
}

/**
 * Returns how many milliseconds to wait. The value is limited to 0…`patience`, because the host's clock may have been
 * changed.
 */
function remaining({ steps, since }: MachineState, patience: number): number {
  const elapsed = Date.now() - (steps[0]?.startedAt ?? since)
  return Math.min(patience, Math.max(0, patience - elapsed))
}
