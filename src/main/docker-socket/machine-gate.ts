import { BerthError } from '../../shared/errors'
import { errorText } from '../../shared/i18n'
import type { MachineState } from '../../shared/machine'

/** What the gate needs of the machine. */
export interface WatchedMachine {
  readonly state: MachineState
  on(event: 'state', listener: (state: MachineState) => void): unknown
  off(event: 'state', listener: (state: MachineState) => void): unknown
}

/** Clients give up after a minute (docker-py's default); they shall get an answer before that. */
const patienceMs = 50_000

/**
 * Resolves when the machine runs, at once or when a start that is under way has ended well. Rejects with
 * machine.not-running, docker.machine-failed, or docker.machine-starting when the start has taken `patience`
 * milliseconds: from its beginning, so that a client which asks again does not wait again.
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
      // A paused one is woken by the request itself.
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

/** The host's clock may have been set meanwhile: never more than all of it, never less than nothing. */
function remaining({ steps, since }: MachineState, patience: number): number {
  const elapsed = Date.now() - (steps[0]?.startedAt ?? since)
  return Math.min(patience, Math.max(0, patience - elapsed))
}
